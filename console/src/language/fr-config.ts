import { translator } from './phrases.js'

/** Translates how the server describes its config (src/config/plan-words.ts, plan-view.ts). Texts from the config files stay as they are. */
export const configInFrench = translator([
  // the server's own settings
  [/^the local address$/, 'l’adresse locale'],
  [/^the first of sip\.listen$/, 'la première de sip.listen'],
  [/^pages of our own hosts$/, 'les pages de nos propres hôtes'],
  [/^none of their own$/, 'aucune adresse propre'],
  [/^none$/, 'aucun'],
  [/^in memory$/, 'en mémoire'],
  [/^the built-in voice$/, 'la voix intégrée'],
  [/^(.*), files of (.*), kept for (.*)$/, '$1, fichiers de {2}, gardés {3}'],
  [/^([\d.]+) days$/, '$1 jours'],
  [/^([\d.]+) MiB$/, '$1 Mio'],
  [/^(.*) \(mark (\w+)\)$/, '{1} (marque $2)'],
  [/^(\d+) users, (\d+) tokens, (.*)$/, '$1 utilisateurs, $2 jetons, {3}'],
  [/^no provider$/, 'aucun fournisseur'],
  // what happens to calls
  [/^after (\S+): (.*)$/s, 'après $1 : {2}'],
  [/^more than (\d+) calls, the newest: (.*)$/s, 'plus de $1 appels, le dernier : {2}'],
  [/^more than (\d+) calls, the oldest: (.*)$/s, 'plus de $1 appels, le premier : {2}'],
  [/^(none\w+): (.*)$/s, '$1 : {2}'],
  [/^disconnect( \(.*\))?$/s, 'raccrocher$1'],
  [/^queue '([^']*)'( \(.*\))?$/s, 'file « $1 »$2'],
  [/^voicemail (sips?:\S+)( \(.*\))?$/s, 'messagerie $1$2'],
  [/^number ([^\s\d]*\d\S*)( \(.*\))?$/s, 'numéro $1$2'],
  [/^uri (sips?:\S+)( \(.*\))?$/s, 'adresse $1$2'],
  [/^a question \((.*)\)$/s, 'une question ($1)'],
  [/^(.*), then ((?:disconnect|queue '|voicemail sip|number |uri sip).*)$/s, '{1}, puis {2}'],
  // prompts
  [/^"(.*)" in ([\w-]+)$/s, '« $1 » ($2)'],
  [/^(.*), else "(.*)" in ([\w-]+)( \(sound \w+\))?$/s, '$1, sinon « $2 » ($3){4}'],
  [/^ \(sound (\w+)\)$/, ' (son $1)'],
  [/^(.*) \(sound (\w+)\)$/s, '$1 (son $2)'],
  [/^(.*), every (\S+)$/, '{1}, intervalle $2'],
  [/^(place in line.*|estimated wait) in ([\w-]+)$/, '{1} ($2)'],
  [/^place in line and estimated wait$/, 'rang et attente estimée'],
  [/^place in line$/, 'rang'],
  [/^estimated wait$/, 'attente estimée'],
  // names of fields, and when
  [/^leads to$/, 'mène à'],
  [/^key (\S)$/, 'touche $1'],
  [/^key (\S), (.*)$/, 'touche $1, {2}'],
  [/^never$/, 'jamais'],
  [/^(.*) (\d{4}-\S+) to (\d{4}-\S+)$/, '$1, du $2 au $3'],
])
