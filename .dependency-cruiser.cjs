// The walls between the rooms: imports point down, doors -> workbench -> common; the processes beside the workbench
// (trainer, tail, agent, renderer) know common only. src/system is what the Node processes share: common with Node.
const doors = '^src/main/(index[.]ts|electron/|server/|cli/)'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that is no entry is dead.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '(^src/common/contract/|/index[.](ts|html)$|[.]d[.]ts$)' },
      to: {},
    },
    {
      name: 'nobody-imports-a-door',
      severity: 'error',
      from: { pathNot: doors },
      to: { path: doors },
    },
    {
      name: 'doors-use-workbench-and-common-only',
      severity: 'error',
      from: { path: doors },
      to: { path: '^src/', pathNot: `${doors}|^src/(main/workbench|system|common)/` },
    },
    ...['main/workbench', 'main/trainer', 'main/tail', 'agent', 'system'].map((room) => ({
      name: `${room.replace('main/', '')}-uses-system-and-common-only`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${room}|system|common)/` },
    })),
    ...['renderer', 'preload', 'common'].map((room) => ({
      name: `${room}-uses-common-only`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${room}|common)/` },
    })),
    {
      name: 'common-is-pure',
      comment: 'common runs in every process, the browser included; these packages do too.',
      severity: 'error',
      from: { path: '^src/common/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'],
        pathNot: 'node_modules/(zod|@msgpack/msgpack)/|node_modules/echarts/types/',
      },
    },
    {
      name: 'frameworks-do-not-import-each-other',
      severity: 'error',
      from: { path: '^src/main/trainer/frameworks/([^/]+)[.]ts$', pathNot: 'frameworks/(index|lab)[.]ts$' },
      to: { path: '^src/main/trainer/frameworks/[^/]+[.]ts$', pathNot: 'frameworks/(lab|$1)[.]ts$' },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^(electron|virtual:)' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.node.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.vue', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
    exclude: { path: '^out/' },
  },
}
