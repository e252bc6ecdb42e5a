#include "CEmbeddedFiles.h"

// Every compiler of the toolchain knows #embed; only its standard is newer than the language of the target.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char style_css[] = {
#embed "../Web/Assets/style.css"
};
static const unsigned char app_js[] = {
#embed "../Web/Assets/app.js"
};


static const EmbeddedFile assets[] = {
  {"style.css", style_css, sizeof style_css},
  {"app.js", app_js, sizeof app_js},
};
const size_t embedded_asset_count = sizeof assets / sizeof assets[0];

EmbeddedFile embedded_asset(size_t index) { return assets[index]; }
