/** What the server says in English, by whole phrases; `$1` is what it filled in. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/^this name and password do not belong together$/, 'ce nom et ce mot de passe ne vont pas ensemble'],
  [/^too many wrong passwords.* in (\d+) seconds$/, 'trop de mots de passe erronés ; réessayez dans $1 secondes'],
  [/^this user has just left the config$/, 'cet utilisateur vient de quitter la configuration'],
  [/^nobody is named in users\.yaml.*$/, 'aucun utilisateur n’est configuré : il n’y a pas à se connecter'],
  [/^the session is over: log in again$/, 'la session est terminée : reconnectez-vous'],
  [/^log in, or send a token.*$/, 'connectez-vous d’abord'],
  [/^(\S+) is not an agent of this config$/, '$1 n’est pas un agent de cette configuration'],
  [/^(\S+) is not an agent of a group '(.*)'$/, '$1 n’est pas un agent du groupe « $2 »'],
  [/^'(.*)' is informal: .*$/, 'le groupe « $1 » est informel : ses agents y sont toujours en service'],
  [/^the presence of (\S+) is '(.*)' in the config: .*$/, 'la présence de $1 vient de « $2 » dans la configuration, pas d’ici'],
  [/^(\S+) is not in wrap-up$/, '$1 n’est pas en post-appel'],
  [/^'?\S+?'? does not ring .*now$/, 'l’appel ne sonne plus'],
  [/^\S+: the call is over$/, 'l’appel est terminé'],
  [/^\S+: it does not wait for an agent$/, 'l’appel n’attend plus d’agent'],
  [/^\S+: it rings at their desk already$/, 'l’appel sonne déjà à ce poste'],
  [/^\S+: it rings in another group$/, 'l’appel sonne dans un autre groupe'],
  [/^\S+: the agent is in no attendant group .*$/, 'aucun groupe de cet agent ne peut prendre cet appel en ce moment'],
  [/^no source is configured for this agent$/, 'toujours disponible, sauf en appel ici'],
  [/^chosen on the console$/, 'choisi sur cette page'],
  [/^set by HTTP$/, 'annoncé par un autre système'],
  [/^a phone is registered$/, 'un téléphone est enregistré'],
  [/^no phone is registered$/, 'aucun téléphone n’est enregistré'],
  [/^in a call of (.*)$/, 'en appel pour $1'],
  [/^not on the phone\b.*$/, 'pas au téléphone'],
  [/^on the phone with us\b.*$/, 'au téléphone ici'],
  [/^on the phone\b.*$/, 'au téléphone'],
  [/^the phone rings\b.*$/, 'le téléphone sonne'],
  [/^no word yet from (.*)$/, 'encore aucune nouvelle de $1'],
  [/^what (.*) said is over$/, 'ce que disait $1 n’est plus valable'],
]

/** What the server says, in French where it is known; the rest as it is. */
export function inFrench(words: string): string {
  const known = phrases.find(([phrase]) => phrase.test(words))
  return known ? words.replace(...known) : words
}
