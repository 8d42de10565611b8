/**
 * Names of the sound files that people record or upload in the console (decision 103). They lie in the folder `prompts` of the config. Such
 * a name ends with a hash of the content, so no upload replaces a file, and only somebody who has seen the name can use the file.
 */

export const recordingFolder = 'prompts'
export const recordingName = /^[a-z0-9][a-z0-9-]{0,47}-[0-9a-f]{16}\.wav$/

/** Whether a config value such as `prompts/support-welcome-0123456789abcdef.wav` is the path of a recording. */
export const isRecording = (path: string): boolean =>
  path.startsWith(`${recordingFolder}/`) && recordingName.test(path.slice(recordingFolder.length + 1))

/** The paths of recordings in a text. */
export const recordingsIn = (text: string): readonly string[] =>
  [...text.matchAll(/prompts\/[a-z0-9-]{1,80}\.wav/g)].map(([path]) => path).filter(isRecording)
