import type { supervisionInEnglish } from './en-supervision.js'

export const supervisionInFrench: typeof supervisionInEnglish = {
  title: 'Supervision',
  modes: { listen: 'Écouter', whisper: 'Chuchoter', barge: 'Intervenir' },
  hints: {
    listen: 'Personne ne vous entend.',
    whisper: 'Seul l’agent vous entend.',
    barge: 'L’agent et l’appelant vous entendent.',
  },
  doing: {
    listen: name => `${name} écoute`,
    whisper: name => `${name} chuchote à l’agent`,
    barge: name => `${name} intervient`,
  },
  rings: name => `Le téléphone de ${name} sonne`,
  stop: 'Ne plus écouter',
  needsPhone: 'Pour écouter, choisissez un agent au poste : votre téléphone est celui de cet agent.',
  record: 'Supervisé par',
}
