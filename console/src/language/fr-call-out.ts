import type { CallOutMessages } from './en-call-out.js'

/** The texts of calls on behalf of a workflow. */
export const callOutInFrench: CallOutMessages = {
  title: 'Appeler',
  as: 'Au nom de',
  number: 'Numéro',
  call: 'Appeler',
  hint: 'La personne appelée voit le numéro du parcours.',
  phoneOff: 'Démarrez le téléphone de ce navigateur pour appeler. Depuis un poste, composez d’abord le préfixe du parcours.',
}
