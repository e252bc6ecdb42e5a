/* One function over libxml2: bytes in, a flat list of tokens out, and nothing else of it visible. */
#ifndef CXML_H
#define CXML_H

#include <stddef.h>
#include <stdint.h>

/* What came of reading. */
enum {
  CXML_READ = 0,
  CXML_MALFORMED = 1,
  CXML_DOCTYPE = 2,
  CXML_TOO_DEEP = 3,
  CXML_TOO_MUCH = 4,
  CXML_NO_MEMORY = 5
};

/* Reads a whole document without network, external files, document type or entities of its own.
 *
 * On CXML_READ `tokens` holds, one after another:
 *   'S' line name namespace count (name namespace value)*   an element begins
 *   'T' text                                                characters
 *   'E'                                                     the element ends
 * Numbers are four bytes, least first; texts are their length as a number, then UTF-8.
 * On CXML_MALFORMED it holds the library's sentence. `line` is where reading stopped.
 * The caller gives the tokens back with cxml_free. */
int cxml_read(const uint8_t *bytes, size_t count, int deepest, size_t most, uint8_t **tokens,
              size_t *token_count, int *line);

void cxml_free(uint8_t *tokens);

#endif
