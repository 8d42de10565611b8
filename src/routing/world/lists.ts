/**
 * Inserts an item into a short list, in place. `splice` costs several times as much, because it returns the removed items in a new array.
 */

export function insertAt<T>(list: T[], place: number, item: T): void {
  let carried = item
  for (let at = place; at < list.length; at += 1) {
    const stood = list[at] as T
    list[at] = carried
    carried = stood
  }
  list.push(carried)
}

export function removeAt(list: unknown[], place: number): void {
  for (let at = place + 1; at < list.length; at += 1) list[at - 1] = list[at]
  list.pop()
}

/** Removes the first occurrence, if there is one. */
export function remove<T>(list: T[], item: T): void {
  const place = list.indexOf(item)
  if (place >= 0) removeAt(list, place)
}
