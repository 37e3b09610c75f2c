/** Keys of what belongs to a job or a base template, as the published contract lays a data folder out. */
export function jobPrefix(id: string): string {
  return `${id}/`;
}

export function inputPrefix(id: string): string {
  return `${id}/input/`;
}

export function posterKey(id: string): string {
  return `${id}/output/poster.jpg`;
}

export function reportKey(id: string): string {
  return `${id}/output/report.csv`;
}
