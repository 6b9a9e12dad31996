/** Whether this code was installed as an app: it lies in Electron's archive, and there is neither npm nor a checkout. */
export const installed = /[\\/]app\.asar(?:\.unpacked)?[\\/]/.test(`${import.meta.dirname}/`)

/** What to do where a part of the program itself is missing; an installed app brings all of them along. */
export const setUpHint = (app: boolean = installed): string =>
  app
    ? 'Install Splitbench again: this part comes with it. Settings, Doctor says what else is missing.'
    : 'Run `npm run doctor`: it sets up what is missing.'

/** The same for what is built from the sources. */
export const buildHint = (app: boolean = installed): string =>
  app ? setUpHint(true) : 'Run `npm run build`: it makes it, or says why not.'

/** Where a user sees which parts there are. */
export const doctorPlace = (app: boolean = installed): string => (app ? 'Settings, Doctor' : '`splitbench doctor`')

/** How a part is had, in the doctor's table. */
export const toGetAgain = (app: boolean = installed): string =>
  app ? 'install Splitbench again: it comes with it' : '`npm run doctor` (it sets up what is missing)'
