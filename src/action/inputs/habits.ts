/** Recognises what people write for an image or a tag, and which is none: branch names, URLs, shell variables, build metadata. */
import type { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import { isTag } from '../../oci/reference.ts'
import { EMPTY_EXPRESSION, malformed } from './mistakes.ts'

/** One such habit: what it looks like, and the mistake that it is. */
type Recognise = (text: string) => PromotionError | undefined

const registryOfWebsite = new Map([
  ['hub.docker.com', 'docker.io'],
  ['docker.com', 'docker.io'],
  ['github.com', 'ghcr.io'],
  ['gitlab.com', 'registry.gitlab.com']
])

const images: readonly Recognise[] = [shellVariable, scheme, gitRef, emptyEnd, branch, buildMetadata]

/** Finds the habit that an image or a tag of an input shows; undefined where there is none. */
export function imageHabit(text: string): PromotionError | undefined {
  return firstOf(images, text)
}

/** Finds the habit that a repository or a registry host shows. */
export function hostHabit(text: string): PromotionError | undefined {
  return firstOf([shellVariable, website, scheme], text)
}

/** Removes the scheme of a URL, and what the API's address adds to the host. */
export function withoutScheme(text: string): string {
  return text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/(?:\/v[12])?\/*$/, '')
}

function firstOf(known: readonly Recognise[], text: string): PromotionError | undefined {
  for (const recognise of known) {
    const mistake = recognise(text)
    if (mistake !== undefined) return mistake
  }
  return undefined
}

function shellVariable(text: string): PromotionError | undefined {
  if (!/\$\{?\w|%\w+%/.test(text)) return undefined
  return malformed(
    `"${printable(text)}" holds a variable of a shell`,
    'No shell reads the inputs. Write an expression, such as ${{ env.TAG }}.'
  )
}

function scheme(text: string): PromotionError | undefined {
  const found = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0]
  if (found === undefined) return undefined
  const rest = withoutScheme(text)
  return malformed(
    `"${printable(text)}" begins with ${printable(found)}`,
    rest === '' ? 'Write it without a scheme.' : `Write ${printable(rest)}.`
  )
}

function website(text: string): PromotionError | undefined {
  const registry = registryOfWebsite.get(withoutScheme(text).toLowerCase())
  if (registry === undefined) return undefined
  return malformed(`"${printable(text)}" is a website, not a registry`, `Write ${registry}.`)
}

function gitRef(text: string): PromotionError | undefined {
  const [, kind, name = ''] = /^refs\/(heads|tags|pull)\/(.*)$/.exec(text) ?? []
  if (kind === undefined) return undefined
  const advice =
    kind !== 'pull' && isTag(name)
      ? `Write ${name}: github.ref_name has it.`
      : 'docker/metadata-action makes tags of branches and pull requests, such as feature-login and pr-1.'
  return malformed(`"${printable(text)}" is a Git ref, not a tag`, advice)
}

function emptyEnd(text: string): PromotionError | undefined {
  if (!/[:@]$/.test(text)) return undefined
  const isTagged = text.endsWith(':') && !/(?:^|@)sha(?:256|512):$/.test(text)
  return malformed(
    `"${printable(text)}" ends where its ${isTagged ? 'tag' : 'digest'} should be`,
    EMPTY_EXPRESSION
  )
}

function branch(text: string): PromotionError | undefined {
  const [first = '', ...rest] = text.split('/')
  if (rest.length === 0 || /[:@]/.test(text) || first.includes('.') || first === 'localhost') return undefined
  const shown = printable(text)
  const tag = text.replaceAll('/', '-')
  return malformed(
    `"${shown}" is no tag, because a tag cannot hold "/", and no image, because it has no tag and no digest`,
    `For a branch, write ${isTag(tag) ? tag : 'a tag without "/"'}, as docker/metadata-action does. For an image, add its tag: ${shown}:TAG.`
  )
}

function buildMetadata(text: string): PromotionError | undefined {
  const tag = text.slice(text.lastIndexOf(':') + 1)
  const instead = tag.replaceAll('+', '-')
  if (!tag.includes('+') || !isTag(instead)) return undefined
  return malformed(`"${printable(text)}" holds "+", and a tag cannot`, `Write "-" for it: ${instead}.`)
}
