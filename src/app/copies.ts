/** What `carillon backup` and `carillon restore` need of the store, loaded for these commands alone. */
export { copyStore, restoreStore } from '../store/sqlite-copy.js'
