import { describe, expect, it } from 'vitest'
import {
  type ComponentReport,
  type DoctorReport,
  formatDoctorReport,
  isolated,
  runDoctor,
} from '../../../../src/main/workbench/doctor/index.ts'
import { itWith } from '../../../support/requires.ts'

const machine = { platform: 'linux', arch: 'x64', cpu: 'a CPU', threads: 2, memoryBytes: 2 ** 34 }
const component = (over: Partial<ComponentReport>): ComponentReport => ({
  name: 'ssh client',
  status: 'ok',
  without: 'no device can be reached over SSH',
  toGet: 'apt-get install openssh-client',
  ...over,
})
const reportOf = (...components: ComponentReport[]): DoctorReport => ({ protocol: 1, machine, components })

describe('formatDoctorReport', () => {
  it('gives one line per component, in columns', () => {
    const text = formatDoctorReport(
      reportOf(
        component({ version: '9.2', origin: '/usr/bin/ssh' }),
        component({ name: 'socat', status: 'missing', without: 'no virtual serial line' }),
      ),
      { hints: false },
    )
    expect(text.split('\n')).toEqual([
      'ok        ssh client  9.2  /usr/bin/ssh',
      'missing   socat       -    without it: no virtual serial line',
    ])
  })

  it('says with hints how to get what is not ok, and nothing about what is', () => {
    const text = formatDoctorReport(reportOf(component({}), component({ status: 'broken', detail: 'it died' })), {
      hints: true,
    })
    expect(text.split('\n')).toHaveLength(3)
    expect(text).toContain('it died | without it: no device')
    expect(text).toContain('to get it: apt-get install openssh-client')
  })
})

describe('runDoctor', () => {
  it('turns a probe that throws into a broken component', async () => {
    const report = await isolated('serialport', () => Promise.reject(new Error('no binding')))
    expect(report).toMatchObject({ name: 'serialport', status: 'broken', detail: 'no binding' })
  })

  it('looks at every component of this machine', async () => {
    const { protocol, components } = await runDoctor()
    expect(protocol).toBe(1)
    expect(components.map(({ name }) => name)).toEqual([
      'Node',
      'TensorFlow',
      'ONNX Runtime',
      'Electron',
      'serialport',
      'browser (Chromium)',
      'Python with pip',
      'C++ compiler',
      'virtual Raspberry Pi',
    ])
    for (const { status, version } of components) if (status === 'ok') expect(version).toMatch(/^\d+\.\d+/)
  })

  itWith('tensorflow', 'computes a convolution with the TensorFlow that it reports', async () => {
    const { components } = await runDoctor()
    expect(components.find(({ name }) => name === 'TensorFlow')).toMatchObject({ status: 'ok' })
    expect(components.find(({ name }) => name === 'ONNX Runtime')).toMatchObject({
      status: 'ok',
      detail: 'telemetry off',
    })
  })
})
