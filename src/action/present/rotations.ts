/** The images that went from tag to tag in a rotation: as a diagram, and the same in words. */
import { shortDigest } from '../../oci/digest.ts'
import { formatReference } from '../../oci/reference.ts'
import { type Report, type TargetReport, isWrite } from '../../promotion/report.ts'
import { code, codeBlock, folded } from './markdown.ts'

/** A tag that was written, what it holds, and the tag that held it before, as far as that one was written too. */
interface Link {
  readonly tag: string
  readonly image: string
  readonly from: string | undefined
}

/** Draws the rotation of each target that was moved and left earlier images behind; empty when none was. */
export function rotationsOf({ targets, dryRun }: Report): string {
  const chains = new Map<string, TargetReport[]>()
  for (const report of targets.filter(isWrite)) {
    const name = formatReference(report.keeps ?? report.target)
    chains.set(name, [...(chains.get(name) ?? []), report])
  }
  const rotations = [...chains].filter(
    ([, [first, second]]) => first?.keeps === undefined && second !== undefined
  )
  const drawings = rotations.map(([name, chain]) => draw(name, linksOf(chain), dryRun))
  return folded(`How earlier images ${dryRun ? 'would be' : 'were'} kept`, drawings.join('\n\n'))
}

function linksOf(chain: readonly TargetReport[]): Link[] {
  return chain.map(({ target, digest }) => ({
    tag: target.tag,
    image: digest === undefined ? '' : shortDigest(digest),
    from: chain.find(({ previousDigest }) => previousDigest === digest)?.target.tag
  }))
}

function draw(name: string, links: readonly Link[], dryRun: boolean): string {
  const nodes = links.map(({ tag }, index) => `  tag${index.toString()}["${tag}"]`)
  const arrows = links.map(({ image, from }, index) => {
    const origin = links.findIndex(({ tag }) => tag === from)
    return origin === -1
      ? `  image${index.toString()}(["${image}"]) --> tag${index.toString()}`
      : `  tag${origin.toString()} -- "${image}" --> tag${index.toString()}`
  })
  const words = links.map(
    ({ tag, image, from }) =>
      `- ${code(tag)} ${dryRun ? 'would be' : 'is'} ${code(image)}${from === undefined ? '' : `, which ${dryRun ? 'is' : 'was'} ${code(from)}`}`
  )
  const diagram = codeBlock('mermaid', ['flowchart LR', ...nodes, ...arrows].join('\n'))
  return `${code(name)}\n\n${diagram}\n\n${words.join('\n')}`
}
