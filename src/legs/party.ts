/** A party in From or To: the URI as text, and the display name without quotes. */
export interface Party {
  readonly uri: string
  readonly displayName?: string
}
