#ifndef EQUIPOISE_EMBEDDED_FILES_H
#define EQUIPOISE_EMBEDDED_FILES_H

#include <stddef.h>

/// One file that is part of the binary: its name and its bytes.
typedef struct {
  const char *_Nonnull name;
  const unsigned char *_Nonnull bytes;
  size_t length;
} EmbeddedFile;

/// The SQL to create the logins.
EmbeddedFile embedded_logins(void);

/// The SQL by which a superuser closes catalogs and statistics to the logins.
EmbeddedFile embedded_catalogs(void);

/// The migrations in the order they are applied.
extern const size_t embedded_migration_count;
EmbeddedFile embedded_migration(size_t index);

/// The style sheet, scripts and icons that pages ask for.
extern const size_t embedded_asset_count;
EmbeddedFile embedded_asset(size_t index);

/// The study definitions that ship with the product.
extern const size_t embedded_study_count;
EmbeddedFile embedded_study(size_t index);

/// An example of a trial of three arms as a table.
EmbeddedFile embedded_trial_a(void);

/// Passwords found in breaches, the most frequent first, one a line.
EmbeddedFile embedded_common_passwords(void);

#endif
