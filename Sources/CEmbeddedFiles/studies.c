#include "CEmbeddedFiles.h"

// Every compiler of the toolchain knows #embed; only its standard is newer than the language of the target.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char kap_ect[] = {
#embed "../../Docs/ReferenceTrial/kap-ect.yaml"
};
static const unsigned char instruments[] = {
#embed "../../Docs/ReferenceTrial/instruments.yaml"
};

static const EmbeddedFile studies[] = {
  {"kap-ect", kap_ect, sizeof kap_ect},
  {"instruments", instruments, sizeof instruments},
};
const size_t embedded_study_count = sizeof studies / sizeof studies[0];

EmbeddedFile embedded_study(size_t index) { return studies[index]; }

static const unsigned char trial_a[] = {
#embed "../../Docs/ReferenceTrial/examples/trialA.csv"
};

EmbeddedFile embedded_trial_a(void) {
  return (EmbeddedFile){"trialA.csv", trial_a, sizeof trial_a};
}

static const unsigned char common_passwords[] = {
#embed "common-passwords.txt"
};

EmbeddedFile embedded_common_passwords(void) {
  return (EmbeddedFile){"common-passwords.txt", common_passwords, sizeof common_passwords};
}
