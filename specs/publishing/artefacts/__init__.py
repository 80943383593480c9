"""Everything of `dist/specs` that machines read; the pages beside it are made by specs.publishing.site.

The addresses, all relative to the root of the tree:

    <api>/<version>/openapi.yaml, openapi.json     the specification; never changes once released
    <api>/<version>/schemas/<Name>.json            JSON Schema 2020-12, one file per component
    <api>/<version>/schemas/bundle.json            the same in one file, below `$defs`
    <api>/<version>/examples/index.json            what the example bodies answer to
    <api>/<version>/examples/<operationId>/        request.<name>.json, <status>.<name>.json
    <api>/<version>/postman.json                   a collection for Postman and its like
    <api>/<version>/arazzo.yaml                    the workflow: cancel, and find out
    <api>/openapi.yaml, openapi.json               the newest version, for people and for trying out
    <api>/CHANGELOG.md                             all versions
    index.json, index.schema.json                  all of the above for programs
    x-countermand.schema.json                      the form of the extension `x-countermand`
    .well-known/api-catalog                        RFC 9727
    LICENSES/, REUSE.toml, licences.spdx.json      who may do what with it
    SHA256SUMS                                     for `sha256sum -c`

A build that depends on a specification pins the folder of its version. There is no copy of the
whole folder under a name such as `latest`: whoever generates code from an address that moves gets
another major version by surprise, so only the document itself has such an address.

Released versions stay: an earlier version that the changelog names is taken from git history.
"""
