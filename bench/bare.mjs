/**
 * The lower bound: only the requests that Retag makes, with Node's own modules. It reads the action's inputs, so that both start
 * the same way. Arguments, in any order:
 *
 * `require`  Node's modules are loaded by `require`: `import` of node:http makes Node 24 load all of its fetch and WebSocket too. What is
 *            read is hashed, and the outputs are written as the toolkit does
 * `late`     connections are opened when they are needed, not while the token is being fetched
 */
import { createRequire } from 'node:module'
import { URLSearchParams } from 'node:url'

const require = createRequire(import.meta.url)
const isLikeRetag = process.argv.includes('require')
const load = isLikeRetag ? require : name => import(name)
const {
  INPUT_REGISTRY: host,
  INPUT_REPOSITORY: repositories,
  INPUT_SOURCE: source,
  INPUT_TARGET: target,
  BARE_LOGIN: login
} = process.env
const tags = target.split('\n')
const isSecure = !host.startsWith('127.')
const http = await load(isSecure ? 'node:https' : 'node:http')
const registryAgent = new http.Agent({ keepAlive: true })
const tokenAgent = new http.Agent({ keepAlive: true })
const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json'
].join(', ')

function send(method, url, { agent, headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent }, response => {
      const chunks = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => resolve({ response, bytes: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** The requests to one repository, with its own token. */
function asking(repository) {
  let authorization
  const ask = (method, tag, { headers, body } = {}) => {
    const url = `${isSecure ? 'https' : 'http'}://${host}/v2/${repository}/manifests/${tag}`
    return send(method, url, {
      agent: registryAgent,
      headers: { accept, ...headers, ...(authorization && { authorization }) },
      body
    })
  }
  return {
    ask,
    authorize: async challenge => {
      authorization = await fetchToken(challenge, repository)
    }
  }
}

/** Opens connections for the next requests. */
function openEarly(count) {
  const open = registryAgent.createConnection.bind(registryAgent)
  const [hostname, port] = host.split(':')
  const early = Array.from({ length: count }, () =>
    open({ host: hostname, port, ALPNProtocols: ['http/1.1'] })
  )
  registryAgent.createConnection = (...args) => early.shift() ?? open(...args)
}

async function fetchToken(challenge, repository) {
  const { realm, service } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="(.*?)"/g)].map(([, name, value]) => [name, value])
  )
  const scope = `repository:${repository}:pull,push`
  const headers = { authorization: `Basic ${Buffer.from(login).toString('base64')}` }
  const url = `${realm}?${new URLSearchParams({ service, scope })}`
  const { bytes } = await send('GET', url, { agent: tokenAgent, headers })
  return `Bearer ${JSON.parse(bytes).token}`
}

async function promote(repository) {
  const { ask, authorize } = asking(repository)
  if (login) {
    const refused = await ask('GET', source)
    if (!process.argv.includes('late') && !repositories.includes('\n')) openEarly(tags.length)
    await authorize(refused.response.headers['www-authenticate'])
  }
  const [manifest, ...before] = await Promise.all([ask('GET', source), ...tags.map(tag => ask('HEAD', tag))])
  const headers = {
    'content-type': manifest.response.headers['content-type'],
    'content-length': manifest.bytes.length
  }
  const digest = manifest.response.headers['docker-content-digest']
  if (isLikeRetag && digest !== digestOf(manifest.bytes)) return false
  const wrong = tags.filter((_, index) => before[index].response.headers['docker-content-digest'] !== digest)
  const written = await Promise.all(wrong.map(tag => ask('PUT', tag, { headers, body: manifest.bytes })))
  if (isLikeRetag) writeOutputs({ digest, changed: wrong.length > 0, tags: wrong.join('\n') })
  return written.every(({ response }) => response.statusCode === 201)
}

function digestOf(bytes) {
  return `sha256:${require('node:crypto').createHash('sha256').update(bytes).digest('hex')}`
}

function writeOutputs(outputs) {
  const { randomUUID } = require('node:crypto')
  for (const [name, value] of Object.entries(outputs)) {
    const delimiter = `ghadelimiter_${randomUUID()}`
    const text = `${name}<<${delimiter}\n${value}\n${delimiter}\n`
    require('node:fs').appendFileSync(process.env.GITHUB_OUTPUT, text)
  }
}

const results = await Promise.all(repositories.split('\n').map(promote))
registryAgent.destroy()
tokenAgent.destroy()
if (!results.every(Boolean)) process.exitCode = 1
