/** Who stands in a From or To: a URI as text and the display name, unquoted. */
export interface Party {
  readonly uri: string
  readonly displayName?: string
}
