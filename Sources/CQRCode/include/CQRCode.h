#ifndef EQUIPOISE_CQRCODE_H
#define EQUIPOISE_CQRCODE_H

#include <stddef.h>

/// The modules of the smallest QR code (ISO/IEC 18004, error correction M) of a text, row by row,
/// 1 for dark, without the quiet zone.
///
/// Returns the modules of a side, or 0 when the text is too long or `capacity` is less than the
/// square of the side.
size_t cqrcode_modules(const char *_Nonnull text, unsigned char *_Nonnull modules, size_t capacity);

#endif
