/**
 * The least that gives an image a new tag: the requests that Retag makes for one tag, over node:http, and nothing else. It reads
 * the action's inputs, so that both programs are started in the same way.
 *
 * `import` of node:http makes Node 24 load all of its fetch and WebSocket too, `require` does not: the argument says which.
 */
import { createRequire } from 'node:module'

const load = process.argv[2] === 'require' ? createRequire(import.meta.url) : name => import(name)
const http = await load('node:http')

const {
  INPUT_REGISTRY: host,
  INPUT_REPOSITORY: repository,
  INPUT_SOURCE: source,
  INPUT_TARGET: target
} = process.env
const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json'
].join(', ')
const agent = new http.Agent({ keepAlive: true })

function send(method, tag, { headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const url = `http://${host}/v2/${repository}/manifests/${tag}`
    const request = http.request(url, { method, headers: { accept, ...headers }, agent }, response => {
      const chunks = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => resolve({ response, bytes: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

const [manifest, before] = await Promise.all([send('GET', source), send('HEAD', target)])
const headers = {
  'content-type': manifest.response.headers['content-type'],
  'content-length': manifest.bytes.length
}
const { response } = await send('PUT', target, { headers, body: manifest.bytes })
agent.destroy()
if (before.response.statusCode !== 404 || response.statusCode !== 201) process.exitCode = 1
