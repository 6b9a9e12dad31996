import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { CodedError } from '#common/errors.ts'
import { random } from '#common/random.ts'
import type { Part } from '../storedImages.ts'

export interface LabelledFile {
  path: string
  label: number
}

export interface FolderLayout {
  name: string
  classNames: string[]
  /** In the order in which they are used: sorted by name, then shuffled by the seed, so that the first N are a fair sample. */
  files: Record<Part, LabelledFile[]>
  notes: string[]
}

/** Where an image folder has no part for testing, this share of each class is put aside for it. */
const testShare = 0.2

const isImage = (name: string): boolean => /\.(png|jpe?g)$/i.test(name) && !name.startsWith('.')

/**
 * Image folders: `train/<class>/*.png|jpg|jpeg` with `test/` or `val/` beside it, or one folder of class folders, of
 * which a fifth of each class, drawn by the seed, becomes the test set. Null when there is nothing of the kind.
 */
export function findImageFolders(folder: string, seed: number): FolderLayout | null {
  const parts = subfolders(folder)
  const notes: string[] = []
  const root = parts.includes('train') ? join(folder, 'train') : folder
  const classes = classFolders(root, notes)
  if (classes.length === 0) return null
  if (classes.length === 1) {
    throw new CodedError(
      'bad-data',
      `${root}: has images of one class only (${classes[0].name}), but a classifier needs at least two.`,
      'Put the images of each class in a folder of its own.',
    )
  }
  const classNames = classes.map((each) => each.name)
  const testPart = root === folder ? undefined : ['test', 'val'].find((name) => parts.includes(name))
  const shuffled = (part: Part, files: LabelledFile[]): LabelledFile[] => {
    const order = random(seed, 'folders', 'order', part).shuffle(Int32Array.from(files, (_, index) => index))
    return Array.from(order, (index) => files[index])
  }
  const name = basename(folder)
  if (testPart !== undefined) {
    if (testPart === 'test' && parts.includes('val')) {
      notes.push('The folder val/ is not used: validation images are taken from train/, as for every data set.')
    }
    const train = classes.flatMap((each, label) => each.files.map((path) => ({ path, label })))
    const test = testFiles(join(folder, testPart), classNames, notes)
    return { name, classNames, files: { train: shuffled('train', train), test: shuffled('test', test) }, notes }
  }
  const train: LabelledFile[] = []
  const test: LabelledFile[] = []
  classes.forEach((each, label) => {
    const files = each.files.map((path) => ({ path, label }))
    const order = random(seed, 'folders', 'split', each.name).shuffle(Int32Array.from(files, (_, index) => index))
    const put = Math.round(files.length * testShare)
    order.forEach((index, n) => {
      if (n < put) test.push(files[index])
      else train.push(files[index])
    })
  })
  notes.push(
    `The folder has no test part: ${test.length} of its ${test.length + train.length} images (a fifth of each class, drawn with seed ${seed}) are the test images.`,
  )
  if (test.length === 0) {
    throw new CodedError(
      'bad-data',
      `${root}: has ${train.length} images in ${classes.length} classes, too few to put a fifth of each class aside for testing.`,
      'Add images, at least three per class.',
    )
  }
  return { name, classNames, files: { train: shuffled('train', train), test: shuffled('test', test) }, notes }
}

interface ClassFolder {
  name: string
  files: string[]
}

/** Subfolders that hold images, sorted by name; the others are named in a note. */
function classFolders(root: string, notes: string[]): ClassFolder[] {
  const all = subfolders(root).map((name) => ({ name, files: imageFiles(join(root, name)) }))
  const filled = all.filter((each) => each.files.length > 0)
  const empty = all.filter((each) => each.files.length === 0).map((each) => each.name)
  if (filled.length > 0 && empty.length > 0) {
    notes.push(`Left out, because they hold no PNG or JPEG images: ${empty.join(', ')}.`)
  }
  return filled
}

function testFiles(root: string, classNames: string[], notes: string[]): LabelledFile[] {
  const files: LabelledFile[] = []
  for (const each of classFolders(root, notes)) {
    const label = classNames.indexOf(each.name)
    if (label < 0) {
      throw new CodedError(
        'bad-data',
        `${join(root, each.name)}: the class ${each.name} has test images but no training images.`,
        'Give both parts the same class folders.',
      )
    }
    for (const path of each.files) files.push({ path, label })
  }
  if (files.length === 0) {
    throw new CodedError(
      'bad-data',
      `${root}: has no PNG or JPEG images in class folders.`,
      'Fill it, or remove it: then a fifth of the training images is put aside for testing.',
    )
  }
  return files
}

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))))
    .map((entry) => entry.name)
    .sort()
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

const imageFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter(isImage)
    .sort()
    .map((name) => join(folder, name))
