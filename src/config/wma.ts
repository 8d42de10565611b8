/** The first bytes of an ASF file, the container of Windows Media Audio: the GUID of its header. */
const asfHead = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex')

/** Whether it is a WMA file, as Lync keeps its prompts. Carillon plays it with the help of ffmpeg. */
export const isWma = (bytes: Uint8Array): boolean => asfHead.equals(bytes.subarray(0, asfHead.length))
