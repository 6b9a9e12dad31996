// Sorts the rows of a table by the column whose heading was pressed; pinned rows stay on top, empty cells go last.
for (const button of document.querySelectorAll('.candidates th button')) {
  button.addEventListener('click', () => {
    const heading = button.closest('th')
    const ascending = heading.getAttribute('aria-sort') !== 'ascending'
    for (const other of heading.parentElement.children) other.removeAttribute('aria-sort')
    heading.setAttribute('aria-sort', ascending ? 'ascending' : 'descending')
    const value = (row) => row.cells[heading.cellIndex].dataset.value ?? row.cells[heading.cellIndex].textContent
    const compare = (a, b) => {
      if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1
      const order = 'numeric' in heading.dataset ? Number(a) - Number(b) : a.localeCompare(b)
      return ascending ? order : -order
    }
    const body = heading.closest('table').querySelector('tbody.rows')
    body.append(...[...body.rows].sort((a, b) => compare(value(a), value(b))))
  })
}
