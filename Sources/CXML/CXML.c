#include "CXML.h"

#include <libxml/SAX2.h>
#include <libxml/entities.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  xmlParserCtxtPtr parser;
  uint8_t *tokens;
  size_t count, capacity, most;
  int depth, deepest, status, line;
} reading;

static void stop(reading *state, int status) {
  if (state->status == CXML_READ) {
    state->status = status;
    state->line = xmlSAX2GetLineNumber(state->parser);
  }
  xmlStopParser(state->parser);
}

static void put(reading *state, const void *bytes, size_t count) {
  if (state->status != CXML_READ) return;
  if (count > state->most - state->count) {
    stop(state, CXML_TOO_MUCH);
    return;
  }
  if (state->count + count > state->capacity) {
    size_t capacity = state->capacity ? state->capacity : 65536;
    while (capacity < state->count + count) capacity *= 2;
    uint8_t *grown = realloc(state->tokens, capacity);
    if (!grown) {
      stop(state, CXML_NO_MEMORY);
      return;
    }
    state->tokens = grown;
    state->capacity = capacity;
  }
  if (count) memcpy(state->tokens + state->count, bytes, count);
  state->count += count;
}

static void put_number(reading *state, uint32_t number) {
  uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                      (uint8_t)(number >> 24)};
  put(state, bytes, sizeof bytes);
}

static void put_text(reading *state, const xmlChar *text, size_t count) {
  put_number(state, (uint32_t)count);
  put(state, text, count);
}

static void put_word(reading *state, const xmlChar *text) {
  put_text(state, text, text ? strlen((const char *)text) : 0);
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespace_count, const xmlChar **namespaces, int attribute_count,
                     int defaulted, const xmlChar **attributes) {
  (void)prefix, (void)namespace_count, (void)namespaces, (void)defaulted;
  reading *state = context;
  if (++state->depth > state->deepest) {
    stop(state, CXML_TOO_DEEP);
    return;
  }
  put(state, "S", 1);
  put_number(state, (uint32_t)xmlSAX2GetLineNumber(state->parser));
  put_word(state, name);
  put_word(state, uri);
  put_number(state, (uint32_t)attribute_count);
  for (int index = 0; index < attribute_count; index++) {
    const xmlChar **attribute = attributes + 5 * index;
    put_word(state, attribute[0]);
    put_word(state, attribute[2]);
    put_text(state, attribute[3], (size_t)(attribute[4] - attribute[3]));
  }
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  (void)name, (void)prefix, (void)uri;
  reading *state = context;
  state->depth--;
  put(state, "E", 1);
}

static void on_text(void *context, const xmlChar *text, int count) {
  reading *state = context;
  put(state, "T", 1);
  put_text(state, text, (size_t)count);
}

/* Reading ends before any declaration inside is looked at. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system) {
  (void)name, (void)external, (void)system;
  stop(context, CXML_DOCTYPE);
}

/* Only the five entities of the language itself. */
static xmlEntityPtr on_entity(void *context, const xmlChar *name) {
  (void)context;
  return xmlGetPredefinedEntity(name);
}

static void on_message(void *context, const char *format, ...) { (void)context, (void)format; }

static void keep_message(reading *state) {
  xmlErrorPtr error = (xmlErrorPtr)xmlCtxtGetLastError(state->parser);
  const char *message = error && error->message ? error->message : "it ends too early";
  state->line = error ? error->line : xmlSAX2GetLineNumber(state->parser);
  state->count = 0;
  state->status = CXML_READ;
  put(state, message, strlen(message));
  state->status = CXML_MALFORMED;
}

int cxml_read(const uint8_t *bytes, size_t count, int deepest, size_t most, uint8_t **tokens,
              size_t *token_count, int *line) {
  reading state;
  memset(&state, 0, sizeof state);
  state.deepest = deepest;
  state.most = most;
  *tokens = NULL;
  *token_count = 0;
  *line = 0;

  xmlSAXHandler handler;
  memset(&handler, 0, sizeof handler);
  handler.initialized = XML_SAX2_MAGIC;
  handler.startElementNs = on_start;
  handler.endElementNs = on_end;
  handler.characters = on_text;
  handler.ignorableWhitespace = on_text;
  handler.internalSubset = on_doctype;
  handler.getEntity = on_entity;
  handler.warning = handler.error = on_message;

  xmlInitParser();
  state.parser = xmlCreatePushParserCtxt(&handler, &state, NULL, 0, NULL);
  if (!state.parser) return CXML_NO_MEMORY;
  /* Entities are replaced, which only concerns the five above: otherwise attributes keep "&#38;". */
  xmlCtxtUseOptions(state.parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR |
                                      XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
  size_t position = 0;
  int fault = 0;
  while (!fault && state.status == CXML_READ && position < count) {
    size_t piece = count - position < 65536 ? count - position : 65536;
    fault = xmlParseChunk(state.parser, (const char *)bytes + position, (int)piece, 0);
    position += piece;
  }
  if (!fault && state.status == CXML_READ) fault = xmlParseChunk(state.parser, NULL, 0, 1);
  if (state.status == CXML_READ && !state.parser->wellFormed) keep_message(&state);

  if (state.parser->myDoc) xmlFreeDoc(state.parser->myDoc);
  xmlFreeParserCtxt(state.parser);
  *line = state.line;
  if (state.status == CXML_READ || state.status == CXML_MALFORMED) {
    *tokens = state.tokens;
    *token_count = state.count;
  } else {
    free(state.tokens);
  }
  return state.status;
}

void cxml_free(uint8_t *tokens) { free(tokens); }
