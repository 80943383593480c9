// Rules of ours that assertions cannot express: they look into values, or compare two places.

// An address that reaches nobody has a name under example.com and the like.
const RESERVED = "(example\\.(com|org|net)|[a-z0-9-]+\\.(example|test|invalid))";
const ADDRESS = new RegExp(`^[^@\\s/:]+@(?!([a-z0-9.-]+\\.)?${RESERVED}$)[^@\\s]+$`);
const CREDENTIAL = /^(s|p)-priv-[A-Za-z0-9]{12,}|^eyJ[A-Za-z0-9_-]{10,}\.|^Bearer |^Basic /;
const EXPRESSION = /^\$(url|method|statusCode|request|response|inputs|outputs|steps|workflows)\b/;

// Visits every text in the examples of a document.
function texts(pattern, message) {
  const look = (value, location, report) => {
    if (typeof value === "string" && pattern.test(value)) {
      report({ message: `${value} ${message}`, location });
    } else if (value && typeof value === "object") {
      for (const [key, part] of Object.entries(value)) look(part, location.child([key]), report);
    }
  };
  const visit = (node, { location, report }) => {
    for (const key of ["example", "examples", "value"]) {
      if (key in node) look(node[key], location.child([key]), report);
    }
  };
  return () => ({ Example: visit, Header: visit, MediaType: visit, Parameter: visit, Schema: visit });
}

function outputsAreExpressions() {
  const visit = ({ outputs }, { location, report }) => {
    for (const [name, value] of Object.entries(outputs ?? {})) {
      if (!EXPRESSION.test(value)) {
        report({
          message: `${value} is no runtime expression`,
          location: location.child(["outputs", name]),
        });
      }
    }
  };
  return { Step: visit, Workflow: visit };
}

function operationsHaveASource() {
  let names = [];
  return {
    Root({ sourceDescriptions }) {
      names = (sourceDescriptions ?? []).map(({ name }) => name);
    },
    Step({ operationId }, { location, report }) {
      const [, source] = /^\$sourceDescriptions\.([^.]+)\./.exec(operationId ?? "") ?? [];
      if (source && !names.includes(source)) {
        report({ message: `no source is called ${source}`, location: location.child(["operationId"]) });
      }
    },
  };
}

module.exports = () => ({
  id: "ours",
  rules: {
    oas3: {
      "examples-hold-no-private-key": texts(CREDENTIAL, "looks like a credential; leave it out"),
      "examples-hold-no-real-address": texts(ADDRESS, "may be in use; write a name under example.com"),
    },
    arazzo1: {
      "outputs-are-expressions": outputsAreExpressions,
      "operations-have-a-source": operationsHaveASource,
    },
  },
});
