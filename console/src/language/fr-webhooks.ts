import type { WebhookMessages } from './en-webhooks.js'

/** The texts about webhooks. */
export const webhooksInFrench: WebhookMessages = {
  hint: 'Ces programmes sont avertis des appels, selon la section webhooks de carillon.yaml. Les événements attendent en mémoire ; un redémarrage perd ceux qui attendent.',
  none: 'La configuration n’a pas de webhooks. La section webhooks de carillon.yaml nomme les programmes à avertir des appels.',
  url: 'Adresse',
  events: 'Événements',
  counts: (delivered, waiting, failed, dropped) =>
    `${delivered} livrés, ${waiting} en attente, ${failed} échoués, ${dropped} abandonnés`,
  test: 'Envoyer un essai',
  tested: 'L’essai est arrivé.',
  testFailed: why => `L’essai a échoué : ${why}`,
  deliveries: 'Dernières livraisons',
  noDeliveries: 'Aucun événement pour l’instant.',
  readAgain: 'Relire',
  at: 'Heure',
  event: 'Événement',
  state: 'État',
  answer: 'Réponse',
  states: { waiting: 'en attente', delivered: 'livré', failed: 'échoué', dropped: 'abandonné' },
  attempts: count => (count === 1 ? '1 essai' : `${count} essais`),
  next: time => `prochain à ${time}`,
}
