// Runs before the first paint, so that people who chose dark see no bright flash.
try {
  const theme = localStorage.getItem('carillon.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // The browser forbids storage: use the system's theme.
}
