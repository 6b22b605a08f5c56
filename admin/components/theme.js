/** Light and dark, as the reader's system has it. AdminJS reckons with its colours, so that they cannot be CSS variables. */
(() => {
  const { THEME, Easel } = window;
  const isDark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.classList.toggle('easel-dark', isDark);

  // Greys of the light one are darker than AdminJS's, which are hard to read.
  const light = { grey40: '#6b7480', grey60: '#5d6370', inputBorder: '#858d96', primary60: '#3040d6' };
  const dark = {
    ...{ border: '#363b47', text: '#e8eaf0', white: '#1d2027', black: '#e8eaf0', accent: '#c9c3e6' },
    ...{
      primary100: '#9aa8ff',
      primary80: '#aab6ff',
      primary60: '#b9c3ff',
      primary40: '#4a568f',
      primary20: '#2b3357',
    },
    ...{ grey100: '#e8eaf0', grey80: '#ccd0da', grey60: '#a9afbd', grey40: '#9aa1b0', grey20: '#2a2e38' },
    ...{ errorDark: '#ff9aa5', error: '#ff8a96', errorLight: '#4a2228' },
    ...{ successDark: '#5fd6c4', success: '#5fd6c4', successLight: '#12403c' },
    ...{ warningDark: '#ffb27d', warning: '#ffb27d', warningLight: '#4a3018' },
    ...{ infoDark: '#9aa8ff', info: '#9aa8ff', infoLight: '#2b3357', love: '#9aa8ff' },
    ...{ bg: '#14161b', filterBg: '#1d2027', container: '#1d2027', sidebar: '#1d2027' },
    ...{ inputBorder: '#7d8595', separator: '#4a505e', highlight: '#2a2e38' },
  };
  const chosen = isDark ? dark : light;
  // Borders hold the colours that they were made of.
  for (const [name, border] of Object.entries(THEME.borders))
    THEME.borders[name] = ['border', 'inputBorder', 'primary100'].reduce(
      (text, color) => text.replace(THEME.colors[color], chosen[color] ?? THEME.colors[color]),
      border,
    );
  Object.assign(THEME.colors, chosen);

  // Told apart by people who see few colours, after Okabe and Ito; each on its own background.
  const series = isDark
    ? ['#56b4e9', '#e69f00', '#2fc79f', '#f07b3f', '#d99ac0']
    : ['#0072b2', '#b97700', '#00795a', '#c24f00', '#a8457f'];
  Easel.colors = { series, text: THEME.colors.text, quiet: THEME.colors.grey60, line: THEME.colors.border };
})();
