import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ListedObject } from '../../api/documents.js'

/** The object that a form edits, and the language of its spoken words. */
interface EditedPlace {
  readonly of: ListedObject['of']
  readonly name: string
  readonly language: string
}

export const EditedPlace = createContext<EditedPlace>({ of: 'workflow', name: '', language: 'en-US' })
export const useEditedPlace = (): EditedPlace => useContext(EditedPlace)
