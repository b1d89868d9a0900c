/**
 * Small objects, made beforehand, so that passes measure the map and not the making of values.
 *
 * @param {number} count
 */
export function smallValues(count) {
  return Array.from({ length: count }, (_, id) => ({ id, name: `name ${id}` }));
}

/**
 * Records as a program might keep them, about 180 bytes each as JSON.
 *
 * @param {number} count
 */
export function records(count) {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `Ada Lovelace the ${id}th`,
    email: `ada.${id}@example.org`,
    active: id % 2 === 0,
    tags: ['engine', 'analytical', 'notes'],
    address: { street: '12 St James Square', city: 'London' },
  }));
}
