/** The denial doctor: says what to do when a registry does not let a request pass. */
import type { Action } from '../../oci/credential.ts'
import type { Registry } from '../../oci/registry-host.ts'

/** A refusal for want of rights, and what was tried. */
export interface Denial {
  readonly registry: Registry
  /** What the run wants to do in the repository. */
  readonly actions: readonly Action[]
  /** What the registry says, `CODE: message`. */
  readonly said: string
  /** Where the credential that was shown came from; undefined where none was. */
  readonly shown: string | undefined
  /** The address that was asked and the challenge in its answer: they give away products that run on any host. */
  readonly traces: string
}

/** What helps with one registry, or one product. */
interface Remedy {
  readonly registry?: RegExp
  readonly said?: RegExp
  readonly traces?: RegExp
  readonly advice: (isPush: boolean) => string
}

// The first that fits counts.
const remedies: readonly Remedy[] = [
  {
    registry: /^ghcr\.io$/,
    advice: isPush =>
      `Give the job "permissions: packages: ${isPush ? 'write' : 'read'}". If the package is not this repository's own, ` +
      `add this repository in the package's settings, under "Manage Actions access", with the role ${isPush ? 'Write' : 'Read'}. ` +
      `A personal access token (classic) needs the scope ${isPush ? 'write' : 'read'}:packages.`
  },
  {
    registry: /^\d+\.dkr[.-]ecr\b/,
    said: /expired/i,
    advice: () =>
      'A login to ECR is good for 12 hours, and this one is older. Log in again in this job: ' +
      'aws-actions/amazon-ecr-login, before this step.'
  },
  {
    registry: /^\d+\.dkr[.-]ecr\b/,
    advice: isPush =>
      'Log in in this job, to this account and region, with aws-actions/amazon-ecr-login; a login is good for 12 hours. ' +
      `The role needs ${isPush ? 'ecr:PutImage, ecr:BatchCheckLayerAvailability and ' : ''}ecr:BatchGetImage on the repository.`
  },
  {
    registry: /^public\.ecr\.aws$/,
    advice: isPush =>
      'Log in again in this job: aws-actions/amazon-ecr-login with "registry-type: public", in the region us-east-1; ' +
      `a login is good for 12 hours.${isPush ? ' The role needs ecr-public:PutImage on the repository.' : ''}`
  },
  {
    registry: /^docker\.io$/,
    advice: isPush =>
      `Log in with docker/login-action and an access token of a user who may ${isPush ? 'push to' : 'pull from'} this repository` +
      (isPush
        ? ', with the permission "Read & Write". The login for Docker Hub that GitHub\'s runners bring along can only pull.'
        : '.')
  },
  {
    registry: /-docker\.pkg\.dev$|^(?:[a-z]+\.)?gcr\.io$/,
    advice: isPush =>
      'Log in again in this job: an access token (user name oauth2accesstoken) is good for one hour. The account needs ' +
      `roles/artifactregistry.${isPush ? 'writer' : 'reader'} on the repository, which has to exist.`
  },
  {
    registry: /\.azurecr\.(?:io|cn|us)$/,
    advice: isPush =>
      'Log in again in this job, with "az acr login": a login is good for three hours. ' +
      `The identity needs the role ${isPush ? 'AcrPush' : 'AcrPull'} in this registry.`
  },
  {
    registry: /^quay\.io$/,
    advice: isPush =>
      `Give the robot account the permission ${isPush ? 'Write' : 'Read'} on this repository, ` +
      'and log in with its full name, NAMESPACE+NAME.'
  },
  {
    registry: /^registry\.gitlab\.com$/,
    advice: gitlab
  },
  {
    traces: /\/jwt\/auth\b/,
    advice: gitlab
  },
  {
    traces: /realm="harbor"|service="?harbor-registry/,
    advice: isPush =>
      `Check that the Harbor project exists, and that the robot account may pull${isPush ? ' and push' : ''} there. ` +
      "There is a $ in a robot's name: keep it out of double quotes in a shell."
  }
]

const ordinary: Remedy = {
  advice: isPush =>
    `Give a login that is valid for this registry and may pull from${isPush ? ' and push to' : ''} this repository.`
}

/** Names the source of the credential that was shown, and says what to do. */
export function denialAdvice(denial: Denial): string {
  const { registry, actions, shown } = denial
  const who =
    shown === undefined
      ? `No login for ${registry} was found, so it was asked without one.`
      : `The login came from ${shown}.`
  const { advice } = remedies.find(remedy => fits(remedy, denial)) ?? ordinary
  return `${who} ${advice(actions.includes('push'))}`
}

function fits(remedy: Remedy, denial: Denial): boolean {
  return (['registry', 'said', 'traces'] as const).every(part => remedy[part]?.test(denial[part]) ?? true)
}

function gitlab(isPush: boolean): string {
  return (
    `The token needs the ${isPush ? 'scopes read_registry and write_registry' : 'scope read_registry'}, and its owner ` +
    `the role ${isPush ? 'Developer' : 'Reporter'} in the GitLab project. A CI job's own token ends with its job.`
  )
}
