/** How a removal ended. After `unsaved` and `failed` the worktree is where it was. */
export type Removal =
  | { readonly kind: 'removed' }
  | { readonly kind: 'unsaved'; readonly holds: string }
  | { readonly kind: 'failed'; readonly why: string }

/** How a removal was ended that a killed pass had left half done. */
export interface Recovery {
  readonly path: string
  readonly how: 'finished' | 'restored' | 'failed'
  readonly why: string | null
}
