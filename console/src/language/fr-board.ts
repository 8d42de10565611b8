import type { Messages } from './en.js'

export const boardInFrench: Messages['board'] = {
  title: 'Régler ce tableau',
  hint: 'L’adresse de la page garde ces réglages. Ajoutez-la aux favoris, une par écran.',
  queue: 'File',
  show: 'Affichée',
  showOf: queue => `Afficher ${queue}`,
  late: 'Attente trop longue (s)',
  lateOf: queue => `Attente trop longue dans ${queue}, en secondes`,
  many: 'Trop d’appelants en attente',
  manyOf: queue => `Trop d’appelants en attente dans ${queue}`,
  order: 'Monter',
  upOf: queue => `Monter ${queue}`,
  sound: 'Sonner quand une file demande de l’attention',
  soundHint:
    'Les navigateurs ne jouent de son qu’après un clic sur la page. Sur un écran sans souris, autorisez le son pour ce site dans le navigateur.',
  tooMany: 'Trop d’appelants attendent',
}
