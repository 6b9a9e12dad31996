import type { GlobalTheme, GlobalThemeOverrides } from 'naive-ui'
import { buttonDark, commonDark, modalDark } from 'naive-ui'

/** Naive UI's dark theme of what is used of it: the whole one would bring the styles of ninety components along. */
export const kitDark: GlobalTheme = { name: 'dark', common: commonDark, Button: buttonDark, Modal: modalDark }

/** Naive UI in our colours: its own green does not reach AA with white text. */
const common = {
  fontSize: '13px',
  fontSizeMedium: '13px',
  fontSizeSmall: '12px',
  borderRadius: '4px',
  heightSmall: '26px',
  heightMedium: '30px',
}

export const kitThemes: Record<'light' | 'dark', GlobalThemeOverrides> = {
  light: {
    common: {
      ...common,
      primaryColor: '#0b5cad',
      primaryColorHover: '#0a4f95',
      primaryColorPressed: '#083f78',
      primaryColorSuppl: '#0b5cad',
      errorColor: '#a61b12',
      errorColorHover: '#8f150d',
      errorColorPressed: '#7a110a',
      textColorBase: '#1b1f24',
      borderColor: '#8a929c',
    },
    Button: { textColorDisabled: '#6b737c', opacityDisabled: '0.75' },
  },
  dark: {
    common: {
      ...common,
      primaryColor: '#79b8ff',
      primaryColorHover: '#9accff',
      primaryColorPressed: '#5a9fe8',
      primaryColorSuppl: '#79b8ff',
      errorColor: '#ff9b93',
      errorColorHover: '#ffb3ad',
      errorColorPressed: '#f0847b',
      cardColor: '#1a1e23',
      modalColor: '#1a1e23',
      borderColor: '#7b858f',
    },
    Button: {
      textColorPrimary: '#0a1826',
      textColorHoverPrimary: '#0a1826',
      textColorPressedPrimary: '#0a1826',
      textColorFocusPrimary: '#0a1826',
      textColorError: '#2a0b08',
      textColorHoverError: '#2a0b08',
      textColorFocusError: '#2a0b08',
      textColorPressedError: '#2a0b08',
      opacityDisabled: '0.75',
    },
  },
}
