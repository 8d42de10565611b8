import type { recordingInEnglish } from './en-recording.js'

export const recordingInFrench: typeof recordingInEnglish = {
  title: 'Enregistrement',
  states: {
    on: 'Enregistrement en cours',
    paused: 'Enregistrement en pause',
    off: 'Pas d’enregistrement',
    failed: 'Échec de l’enregistrement',
  },
  start: 'Enregistrer',
  pause: 'Mettre en pause l’enregistrement',
  resume: 'Reprendre l’enregistrement',
  stop: 'Arrêter l’enregistrement',
  beingWritten: 'L’enregistrement est en cours de sauvegarde.',
  place: 'Position dans l’enregistrement',
  placeOf: (at, of) => `${at} sur ${of}`,
  caller: 'Appelant',
  agent: 'Agent',
  parts: 'Parties de l’enregistrement',
  nobody: 'Pas un agent',
  download: 'Télécharger',
  delete: 'Supprimer',
  deleteQuestion: {
    title: 'Supprimer cet enregistrement ?',
    text: 'Le son est supprimé pour tous et ne peut être restauré. Le journal d’audit dit qui l’a supprimé.',
    yes: 'Supprimer',
    no: 'Garder',
  },
  marks: { whole: 'Enregistré', partly: 'Enregistré en partie', failed: 'Échec de l’enregistrement' },
}
