// Runs before the first paint so that a chosen theme never flashes; a file because the policy forbids inline scripts.
const theme = localStorage.getItem('pawprint.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
