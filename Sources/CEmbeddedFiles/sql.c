#include "CEmbeddedFiles.h"

// Every compiler of the toolchain knows #embed; only its standard is newer than the language of the target.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char catalogs[] = {
#embed "../../SQL/Bootstrap/catalogs.sql"
};
static const unsigned char logins[] = {
#embed "../../SQL/Bootstrap/logins.sql"
};
static const unsigned char m0001[] = {
#embed "../../SQL/Migrations/0001_schemas.sql"
};
static const unsigned char m0002[] = {
#embed "../../SQL/Migrations/0002_accounts.sql"
};
static const unsigned char m0003[] = {
#embed "../../SQL/Migrations/0003_trials.sql"
};
static const unsigned char m0004[] = {
#embed "../../SQL/Migrations/0004_audit.each-class.sql"
};
static const unsigned char m0005[] = {
#embed "../../SQL/Migrations/0005_entries.each-class.sql"
};
static const unsigned char m0006[] = {
#embed "../../SQL/Migrations/0006_participation.sql"
};
static const unsigned char m0007[] = {
#embed "../../SQL/Migrations/0007_allocation.sql"
};
static const unsigned char m0008[] = {
#embed "../../SQL/Migrations/0008_reports_and_lock.sql"
};
static const unsigned char m0009[] = {
#embed "../../SQL/Migrations/0009_grants.sql"
};
static const unsigned char m0010[] = {
#embed "../../SQL/Migrations/0010_lock_and_requests.sql"
};
static const unsigned char m0011[] = {
#embed "../../SQL/Migrations/0011_scheme_drafts.sql"
};
static const unsigned char m0012[] = {
#embed "../../SQL/Migrations/0012_disclosures_and_corrections.sql"
};
static const unsigned char m0013[] = {
#embed "../../SQL/Migrations/0013_ledger_guard_and_keys.sql"
};
static const unsigned char m0014[] = {
#embed "../../SQL/Migrations/0014_boxes_of_drafts.sql"
};
static const unsigned char m0015[] = {
#embed "../../SQL/Migrations/0015_capture.each-class.sql"
};
static const unsigned char m0016[] = {
#embed "../../SQL/Migrations/0016_capture_rights.sql"
};
static const unsigned char m0017[] = {
#embed "../../SQL/Migrations/0017_alerts_and_lifecycles.sql"
};
static const unsigned char m0018[] = {
#embed "../../SQL/Migrations/0018_plans_kept.sql"
};
static const unsigned char m0019[] = {
#embed "../../SQL/Migrations/0019_notes_keep_their_plan.each-class.sql"
};
static const unsigned char m0020[] = {
#embed "../../SQL/Migrations/0020_amendments.sql"
};
static const unsigned char m0021[] = {
#embed "../../SQL/Migrations/0021_imports.each-class.sql"
};
static const unsigned char m0022[] = {
#embed "../../SQL/Migrations/0022_serials.each-class.sql"
};
static const unsigned char m0023[] = {
#embed "../../SQL/Migrations/0023_outside_values.sql"
};
static const unsigned char m0024[] = {
#embed "../../SQL/Migrations/0024_safety.each-class.sql"
};
static const unsigned char m0025[] = {
#embed "../../SQL/Migrations/0025_safety.sql"
};
static const unsigned char m0026[] = {
#embed "../../SQL/Migrations/0026_people.sql"
};
static const unsigned char m0027[] = {
#embed "../../SQL/Migrations/0027_seals.each-class.sql"
};
static const unsigned char m0028[] = {
#embed "../../SQL/Migrations/0028_record.sql"
};
static const unsigned char m0029[] = {
#embed "../../SQL/Migrations/0029_safety_acts.each-class.sql"
};
static const unsigned char m0030[] = {
#embed "../../SQL/Migrations/0030_letters.sql"
};
static const unsigned char m0031[] = {
#embed "../../SQL/Migrations/0031_planned_repeats.sql"
};
static const unsigned char m0032[] = {
#embed "../../SQL/Migrations/0032_design_simulations.sql"
};
static const unsigned char m0033[] = {
#embed "../../SQL/Migrations/0033_sign_in_and_signing.sql"
};
static const unsigned char m0034[] = {
#embed "../../SQL/Migrations/0034_access_reviews.sql"
};
static const unsigned char m0035[] = {
#embed "../../SQL/Migrations/0035_derived_values.each-class.sql"
};
static const unsigned char m0036[] = {
#embed "../../SQL/Migrations/0036_derived_rights.sql"
};
static const unsigned char m0037[] = {
#embed "../../SQL/Migrations/0037_reported_deviations.each-class.sql"
};
static const unsigned char m0038[] = {
#embed "../../SQL/Migrations/0038_passkeys.sql"
};
static const unsigned char m0039[] = {
#embed "../../SQL/Migrations/0039_removal_of_query_texts.sql"
};
static const unsigned char m0040[] = {
#embed "../../SQL/Migrations/0040_identity_reads.sql"
};
static const unsigned char m0041[] = {
#embed "../../SQL/Migrations/0041_identity_provider.sql"
};
static const unsigned char m0042[] = {
#embed "../../SQL/Migrations/0042_filed_under.sql"
};
static const unsigned char m0043[] = {
#embed "../../SQL/Migrations/0043_entries_about_sites.each-class.sql"
};
static const unsigned char m0044[] = {
#embed "../../SQL/Migrations/0044_own_entries.each-class.sql"
};
static const unsigned char m0045[] = {
#embed "../../SQL/Migrations/0045_clock_checks.sql"
};
static const unsigned char m0046[] = {
#embed "../../SQL/Migrations/0046_security_alerts.sql"
};
static const unsigned char m0047[] = {
#embed "../../SQL/Migrations/0047_disclosures_and_removals.sql"
};
static const unsigned char m0048[] = {
#embed "../../SQL/Migrations/0048_treatment_team.sql"
};
static const unsigned char m0049[] = {
#embed "../../SQL/Migrations/0049_unblinding_reports.sql"
};
static const unsigned char m0050[] = {
#embed "../../SQL/Migrations/0050_kits_and_own_numbers.each-class.sql"
};
static const unsigned char m0051[] = {
#embed "../../SQL/Migrations/0051_owed_derivations.each-class.sql"
};
static const unsigned char m0052[] = {
#embed "../../SQL/Migrations/0052_whole_versions.sql"
};
static const unsigned char m0053[] = {
#embed "../../SQL/Migrations/0053_proven_record.sql"
};
static const unsigned char m0054[] = {
#embed "../../SQL/Migrations/0054_later_inputs.each-class.sql"
};
static const unsigned char m0055[] = {
#embed "../../SQL/Migrations/0055_own_trail.sql"
};
static const unsigned char m0056[] = {
#embed "../../SQL/Migrations/0056_rating_slots.sql"
};
static const unsigned char m0057[] = {
#embed "../../SQL/Migrations/0057_states_and_last_days.each-class.sql"
};
static const unsigned char m0058[] = {
#embed "../../SQL/Migrations/0058_records_handed_in.sql"
};
static const unsigned char m0059[] = {
#embed "../../SQL/Migrations/0059_item_texts_and_site_facts.sql"
};
static const unsigned char m0060[] = {
#embed "../../SQL/Migrations/0060_requests_and_delegations.sql"
};
static const unsigned char m0061[] = {
#embed "../../SQL/Migrations/0061_identity_form.sql"
};
static const unsigned char m0062[] = {
#embed "../../SQL/Migrations/0062_transfers.sql"
};
static const unsigned char m0063[] = {
#embed "../../SQL/Migrations/0063_moved_ratings.sql"
};
static const unsigned char m0064[] = {
#embed "../../SQL/Migrations/0064_reviews_and_corrections.sql"
};
static const unsigned char m0065[] = {
#embed "../../SQL/Migrations/0065_samples.sql"
};
static const unsigned char m0066[] = {
#embed "../../SQL/Migrations/0066_sittings.sql"
};
static const unsigned char m0067[] = {
#embed "../../SQL/Migrations/0067_removed_reasons.sql"
};
static const unsigned char m0068[] = {
#embed "../../SQL/Migrations/0068_raters_sessions_alerts.sql"
};
static const unsigned char m0069[] = {
#embed "../../SQL/Migrations/0069_rights_of_the_committee.sql"
};
static const unsigned char m0070[] = {
#embed "../../SQL/Migrations/0070_entries_told_apart.each-class.sql"
};
static const unsigned char m0071[] = {
#embed "../../SQL/Migrations/0071_removal_of_deviation_words.sql"
};
static const unsigned char m0072[] = {
#embed "../../SQL/Migrations/0072_closed_about_values.each-class.sql"
};
static const unsigned char m0073[] = {
#embed "../../SQL/Migrations/0073_result_of_randomization.sql"
};
static const unsigned char m0074[] = {
#embed "../../SQL/Migrations/0074_repeating_questionnaires.sql"
};
static const unsigned char m0075[] = {
#embed "../../SQL/Migrations/0075_queries_in_time.each-class.sql"
};
static const unsigned char m0076[] = {
#embed "../../SQL/Migrations/0076_closed_about_the_vault.sql"
};
static const unsigned char m0077[] = {
#embed "../../SQL/Migrations/0077_steps_of_the_study.sql"
};
static const unsigned char m0078[] = {
#embed "../../SQL/Migrations/0078_removal_of_any_words.sql"
};
static const unsigned char m0079[] = {
#embed "../../SQL/Migrations/0079_waits_and_renewals.sql"
};
static const unsigned char m0080[] = {
#embed "../../SQL/Migrations/0080_bound_lock_signatures.sql"
};
static const unsigned char m0081[] = {
#embed "../../SQL/Migrations/0081_whole_trail.sql"
};
static const unsigned char m0082[] = {
#embed "../../SQL/Migrations/0082_told_to_their_class.sql"
};
static const unsigned char m0083[] = {
#embed "../../SQL/Migrations/0083_secrets_of_one_showing.sql"
};
static const unsigned char m0084[] = {
#embed "../../SQL/Migrations/0084_sessions_end_with_roles.sql"
};
static const unsigned char m0085[] = {
#embed "../../SQL/Migrations/0085_addresses_and_raters.sql"
};
static const unsigned char m0086[] = {
#embed "../../SQL/Migrations/0086_closed_by_checks.each-class.sql"
};

EmbeddedFile embedded_catalogs(void) {
  return (EmbeddedFile){"catalogs.sql", catalogs, sizeof catalogs};
}

EmbeddedFile embedded_logins(void) {
  return (EmbeddedFile){"logins.sql", logins, sizeof logins};
}

static const EmbeddedFile migrations[] = {
  {"0001_schemas.sql", m0001, sizeof m0001},
  {"0002_accounts.sql", m0002, sizeof m0002},
  {"0003_trials.sql", m0003, sizeof m0003},
  {"0004_audit.each-class.sql", m0004, sizeof m0004},
  {"0005_entries.each-class.sql", m0005, sizeof m0005},
  {"0006_participation.sql", m0006, sizeof m0006},
  {"0007_allocation.sql", m0007, sizeof m0007},
  {"0008_reports_and_lock.sql", m0008, sizeof m0008},
  {"0009_grants.sql", m0009, sizeof m0009},
  {"0010_lock_and_requests.sql", m0010, sizeof m0010},
  {"0011_scheme_drafts.sql", m0011, sizeof m0011},
  {"0012_disclosures_and_corrections.sql", m0012, sizeof m0012},
  {"0013_ledger_guard_and_keys.sql", m0013, sizeof m0013},
  {"0014_boxes_of_drafts.sql", m0014, sizeof m0014},
  {"0015_capture.each-class.sql", m0015, sizeof m0015},
  {"0016_capture_rights.sql", m0016, sizeof m0016},
  {"0017_alerts_and_lifecycles.sql", m0017, sizeof m0017},
  {"0018_plans_kept.sql", m0018, sizeof m0018},
  {"0019_notes_keep_their_plan.each-class.sql", m0019, sizeof m0019},
  {"0020_amendments.sql", m0020, sizeof m0020},
  {"0021_imports.each-class.sql", m0021, sizeof m0021},
  {"0022_serials.each-class.sql", m0022, sizeof m0022},
  {"0023_outside_values.sql", m0023, sizeof m0023},
  {"0024_safety.each-class.sql", m0024, sizeof m0024},
  {"0025_safety.sql", m0025, sizeof m0025},
  {"0026_people.sql", m0026, sizeof m0026},
  {"0027_seals.each-class.sql", m0027, sizeof m0027},
  {"0028_record.sql", m0028, sizeof m0028},
  {"0029_safety_acts.each-class.sql", m0029, sizeof m0029},
  {"0030_letters.sql", m0030, sizeof m0030},
  {"0031_planned_repeats.sql", m0031, sizeof m0031},
  {"0032_design_simulations.sql", m0032, sizeof m0032},
  {"0033_sign_in_and_signing.sql", m0033, sizeof m0033},
  {"0034_access_reviews.sql", m0034, sizeof m0034},
  {"0035_derived_values.each-class.sql", m0035, sizeof m0035},
  {"0036_derived_rights.sql", m0036, sizeof m0036},
  {"0037_reported_deviations.each-class.sql", m0037, sizeof m0037},
  {"0038_passkeys.sql", m0038, sizeof m0038},
  {"0039_removal_of_query_texts.sql", m0039, sizeof m0039},
  {"0040_identity_reads.sql", m0040, sizeof m0040},
  {"0041_identity_provider.sql", m0041, sizeof m0041},
  {"0042_filed_under.sql", m0042, sizeof m0042},
  {"0043_entries_about_sites.each-class.sql", m0043, sizeof m0043},
  {"0044_own_entries.each-class.sql", m0044, sizeof m0044},
  {"0045_clock_checks.sql", m0045, sizeof m0045},
  {"0046_security_alerts.sql", m0046, sizeof m0046},
  {"0047_disclosures_and_removals.sql", m0047, sizeof m0047},
  {"0048_treatment_team.sql", m0048, sizeof m0048},
  {"0049_unblinding_reports.sql", m0049, sizeof m0049},
  {"0050_kits_and_own_numbers.each-class.sql", m0050, sizeof m0050},
  {"0051_owed_derivations.each-class.sql", m0051, sizeof m0051},
  {"0052_whole_versions.sql", m0052, sizeof m0052},
  {"0053_proven_record.sql", m0053, sizeof m0053},
  {"0054_later_inputs.each-class.sql", m0054, sizeof m0054},
  {"0055_own_trail.sql", m0055, sizeof m0055},
  {"0056_rating_slots.sql", m0056, sizeof m0056},
  {"0057_states_and_last_days.each-class.sql", m0057, sizeof m0057},
  {"0058_records_handed_in.sql", m0058, sizeof m0058},
  {"0059_item_texts_and_site_facts.sql", m0059, sizeof m0059},
  {"0060_requests_and_delegations.sql", m0060, sizeof m0060},
  {"0061_identity_form.sql", m0061, sizeof m0061},
  {"0062_transfers.sql", m0062, sizeof m0062},
  {"0063_moved_ratings.sql", m0063, sizeof m0063},
  {"0064_reviews_and_corrections.sql", m0064, sizeof m0064},
  {"0065_samples.sql", m0065, sizeof m0065},
  {"0066_sittings.sql", m0066, sizeof m0066},
  {"0067_removed_reasons.sql", m0067, sizeof m0067},
  {"0068_raters_sessions_alerts.sql", m0068, sizeof m0068},
  {"0069_rights_of_the_committee.sql", m0069, sizeof m0069},
  {"0070_entries_told_apart.each-class.sql", m0070, sizeof m0070},
  {"0071_removal_of_deviation_words.sql", m0071, sizeof m0071},
  {"0072_closed_about_values.each-class.sql", m0072, sizeof m0072},
  {"0073_result_of_randomization.sql", m0073, sizeof m0073},
  {"0074_repeating_questionnaires.sql", m0074, sizeof m0074},
  {"0075_queries_in_time.each-class.sql", m0075, sizeof m0075},
  {"0076_closed_about_the_vault.sql", m0076, sizeof m0076},
  {"0077_steps_of_the_study.sql", m0077, sizeof m0077},
  {"0078_removal_of_any_words.sql", m0078, sizeof m0078},
  {"0079_waits_and_renewals.sql", m0079, sizeof m0079},
  {"0080_bound_lock_signatures.sql", m0080, sizeof m0080},
  {"0081_whole_trail.sql", m0081, sizeof m0081},
  {"0082_told_to_their_class.sql", m0082, sizeof m0082},
  {"0083_secrets_of_one_showing.sql", m0083, sizeof m0083},
  {"0084_sessions_end_with_roles.sql", m0084, sizeof m0084},
  {"0085_addresses_and_raters.sql", m0085, sizeof m0085},
  {"0086_closed_by_checks.each-class.sql", m0086, sizeof m0086},
};
const size_t embedded_migration_count = sizeof migrations / sizeof migrations[0];

EmbeddedFile embedded_migration(size_t index) { return migrations[index]; }
