#include "CQRCode.h"

#include <qrencode.h>

size_t cqrcode_modules(const char *text, unsigned char *modules, size_t capacity) {
  QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
  if (!code) return 0;
  size_t side = (size_t)code->width;
  if (side * side > capacity) side = 0;
  for (size_t at = 0; at < side * side; at++) modules[at] = code->data[at] & 1;
  QRcode_free(code);
  return side;
}
