// Before the first paint, so that nobody who chose dark is dazzled.
try {
  const theme = localStorage.getItem('carillon.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is forbidden here: the system's theme holds.
}
