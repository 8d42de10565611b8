import { z } from 'zod'

/** The pieces of which the documents of the API are made. Times are ISO 8601 in UTC, durations are seconds. */

export const text = z.string()
export const moment = z.iso.datetime()
export const span = z.number()
export const count = z.int().nonnegative()
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly()
export const document = <T extends z.core.$ZodLooseShape>(shape: T) => z.object(shape).readonly()
