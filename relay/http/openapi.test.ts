import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './app.fixture.ts';

interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  requestBody?: { content: Record<string, object> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: unknown }> }>;
  security?: Record<string, string[]>[];
}
interface OpenApi {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: Record<string, object> };
}

describe('the OpenAPI description', () => {
  let t: TestApp;
  let api: OpenApi;
  let operations: [name: string, path: string, operation: Operation][];
  beforeAll(async () => {
    t = await startTestApp();
    api = (await (await fetch(`${t.url}/openapi.json`)).json()) as OpenApi;
    operations = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        path,
        operation,
      ]),
    );
  });
  afterAll(() => t.close());

  it('is version 3.1 and lists every route of the REST side', () => {
    expect(api.openapi).toMatch(/^3\.1\./);
    expect(api.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    expect(operations.map(([name]) => name).toSorted()).toEqual([
      'GET /api/blobs/{hash}',
      'GET /api/federations',
      'GET /api/federations/{id}',
      'GET /api/federations/{id}/head',
      'GET /api/federations/{id}/records',
      'GET /api/federations/{id}/withdrawal',
      'GET /api/relay',
      'GET /health',
      'GET /livez',
      'GET /metrics',
      'GET /privacy/status',
      'GET /readyz',
      'POST /api/federations',
      'POST /api/federations/{id}/withdrawal',
      'PUT /api/blobs/{hash}',
    ]);
  });

  it('declares each path parameter as required, and no other', () => {
    for (const [name, path, { parameters = [] }] of operations) {
      const declared = parameters.filter((p) => p.in === 'path');
      expect([name, declared.map((p) => p.name)]).toEqual([name, [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1])]);
      for (const parameter of declared) expect(parameter).toMatchObject({ required: true, schema: { type: 'string' } });
    }
  });

  it('describes every response, with a content type if it has content', () => {
    for (const [name, , { summary, responses }] of operations) {
      expect([name, summary]).toEqual([name, expect.stringMatching(/\w/)]);
      for (const [status, response] of Object.entries(responses)) {
        expect(status).toMatch(/^(\d{3}|[1-5]XX|default)$/);
        expect(response.description).toMatch(/\w/);
        const types = status === '204' ? 0 : name.endsWith('/head') && status === '200' ? 2 : 1;
        expect([name, status, Object.keys(response.content ?? {}).length]).toEqual([name, status, types]);
        const { schema } = response.content?.['application/json'] ?? {};
        expect(status === '4XX' ? schema : { required: ['code'] }).toMatchObject({ required: ['code'] });
      }
    }
  });

  it('has no dangling reference, and uses only schemes that it defines', () => {
    const references = [...JSON.stringify(api).matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1]!);
    for (const reference of references) {
      const target = reference
        .slice(2)
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], api);
      expect([reference, target]).toEqual([reference, expect.anything()]);
    }
    for (const [, , { security = [] }] of operations) {
      for (const scheme of security.flatMap(Object.keys)) expect(api.components.securitySchemes).toHaveProperty(scheme);
    }
    expect(api.paths['/api/federations']!['post']!.requestBody!.content).toHaveProperty(['application/cbor']);
    expect(api.paths['/api/blobs/{hash}']!['put']!.security).toEqual([{ mesh: [] }]);
  });

  it('keeps its contract: requests, responses and their types', () => {
    const names = (object: object | undefined) => Object.keys(object ?? {}).join(' ');
    const told = operations.map(([name, , { parameters = [], requestBody, responses }]) => {
      const asked = [...parameters.map((p) => p.name), names(requestBody?.content)].filter(Boolean).join(' ');
      const answers = Object.entries(responses).filter(([status]) => !status.endsWith('XX'));
      return `${name} (${asked}): ${answers.map(([status, { content }]) => `${status} ${names(content)}`.trim()).join(', ')}`;
    });
    expect(told.toSorted()).toEqual([
      'GET /api/blobs/{hash} (hash): 200 application/octet-stream, 206 application/octet-stream',
      'GET /api/federations (): 200 application/json',
      'GET /api/federations/{id} (id): 200 application/cbor',
      'GET /api/federations/{id}/head (id): 200 application/cbor application/json',
      'GET /api/federations/{id}/records (from limit id): 200 application/cbor',
      'GET /api/federations/{id}/withdrawal (id): 200 application/cbor',
      'GET /api/relay (): 200 application/json',
      'GET /health (): 200 application/json',
      'GET /livez (): 200 application/json',
      'GET /metrics (): 200 text/plain',
      'GET /privacy/status (): 200 application/json',
      'GET /readyz (): 200 application/json',
      'POST /api/federations (mesh-invitation application/cbor): 200 application/json, 201 application/json, 202 application/json',
      'POST /api/federations/{id}/withdrawal (id application/cbor): 200 application/json',
      'PUT /api/blobs/{hash} (hash mesh-invitation application/octet-stream): 204',
    ]);
    const line = api.paths['/api/federations']!['get']!.responses['200']!.content!['application/json']!.schema as { items: object };
    expect(names((line.items as { properties: object }).properties)).toBe(
      'id name steward description region unit epsilon delta rounds minContributors members round models manifest demo',
    );
  });

  it('matches what the routes answer', async () => {
    const answer = (await (await fetch(`${t.url}/health`)).json()) as object;
    const { schema } = api.paths['/health']!['get']!.responses['200']!.content!['application/json'] as { schema: { required: string[] } };
    expect(Object.keys(answer).toSorted()).toEqual(schema.required.toSorted());
    const list = api.paths['/api/federations']!['get']!.responses['200']!.content!['application/json']!.schema;
    const { content } = api.paths['/api/federations/{id}/head']!['get']!.responses['200']!;
    expect(content!['application/json']!.schema).toMatchObject({ required: ['epoch', 'round', 'id', 'state'] });
    expect(list).toMatchObject({ items: { required: expect.arrayContaining(['demo']), properties: { demo: { type: 'boolean' } } } });
  });
});
