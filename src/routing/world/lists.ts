/** Changes of short lists, which `splice` makes too, at several times the cost: it gives what it took out as a list of its own. */

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

/** Takes the first one out, if it is there. */
export function remove<T>(list: T[], item: T): void {
  const place = list.indexOf(item)
  if (place >= 0) removeAt(list, place)
}
