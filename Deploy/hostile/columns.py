"""Which text columns of the schema the stored payload leaves alone, where no row is needed, and what is sealed.

Every name is of a schema, a table and a column; a line `a,b.table: one two` stands for four of them.
payload.py fails on a name the schema does not have, on a column without a row that is not here, and on a
sealed column that is not here.
"""

# Written by the program as a word of its own. What is wrong there is damage, which the check of the
# record tells, and not a text of a page.
KEPT = {
    "Names a record, a place in one or a request: what cannot be found is not shown.": """
        access.access_review_lines: site_key
        access.grant_periods: site_key
        access.grant_proposals: site_key
        access.grants: site_key
        access.letters: site_key
        access.replies: request_key
        access.requests: request_key
        access,allocation,identity,open,outcome,sealed,treatment.seals: relation row_key
        access.sessions: site_key
        access.users: username
        allocation.acknowledgements: participant site_key
        allocation.allocations: rid participant site_key
        allocation.envelope_code_issues: site_key first_key last_key
        allocation.randomization_corrections: participant site_key
        allocation.unblinding_events: participant site_key
        identity.entries: participant form site_key
        identity.people: participant site_key
        open,outcome,treatment.alerts: participant site_key form visit
        open,outcome,treatment.clock_starts: participant site_key form visit
        open,outcome,treatment.clocks: participant site_key form visit
        open.collection_status: participant site_key form visit
        open,outcome,treatment.data_queries: participant site_key form visit field
        open,outcome,treatment.data_query_messages: site_key
        open,outcome,treatment.derived_values: participant site_key form visit
        open,outcome,treatment.deviations: participant site_key form visit
        open,outcome,treatment.drafts: participant site_key form visit
        open,outcome,treatment.entries: participant site_key form visit
        open,outcome,treatment.entry_versions: participant site_key form visit
        open,outcome,treatment.import_rows: participant site_key form visit
        open,outcome,treatment.imports: site_key form
        open,outcome,treatment.judgements: participant site_key form visit
        open.participants: participant site_key randomized_site
        open.instrument_texts: instrument
        open.reconsent_tasks: participant site_key
        open,outcome,treatment.safety_events: participant site_key form visit
        open,outcome,treatment.serials: form participant visit
        open,outcome,treatment.signatures: participant site_key form visit
        open.site_facts: site_key capacity
        open.site_versions: site_key
        open.sites: site_key
        open,outcome,treatment.tombstones: participant site_key form visit field
        open.transfers: participant from_site to_site
        open.trials: key
        open.unblinding_notices: participant site_key
        open,outcome,treatment.verifications: participant site_key form visit field
        outcome.corrections: participant site_key form visit field
        outcome.ended_bookings: token participant site_key visit forms
        outcome.planned_orders: participant site_key form visit field repeats
        outcome.questionnaire_links: participant site_key visit form
        outcome.rating_tasks: token participant site_key visit forms
        outcome.sittings: participant site_key form visit
        sealed.secrets: name
        treatment.sample_groups: sample draw_group
        treatment.sampled_records: sample participant form visit site_key draw_group
        treatment.team_acts: site_key
        treatment.unblinding_reports: participant site_key
    """,
    "A case of a type of the program, most of them held by a check.": """
        access,allocation,identity,open,outcome,sealed,treatment.checkpoints: log
        access.access_review_lines: decision
        access.clock_checks: kernel verdict
        access.events: kind
        access.invitations: kind
        access.replies: operation
        access.requests: operation
        access.role_kinds: blinding
        access.sessions: stage
        allocation.randomization_corrections: kind ground
        allocation.unblinding_events: kind channel ground
        open,outcome,treatment.clock_starts: clock
        open,outcome,treatment.clocks: clock
        open.collection_status: state
        open.cuts: kind
        open,outcome,treatment.data_queries: state
        open,outcome,treatment.data_query_messages: kind
        open,outcome,treatment.deviations: category type how status
        open,outcome,treatment.entries: status
        open,outcome,treatment.entry_versions: status
        open.lock_signatures: act
        open.participants: state withdrawal_level
        open.sites: state
        open.study_versions: state
        open,outcome,treatment.removed_values: part
        open.site_facts: fact
        open.transfers: decision
        open.trials: mode state
        outcome.ended_bookings: ended
        outcome.rating_tasks: state
        outcome.sittings: mode
        outcome.corrections: voided_because
        treatment.unblinding_reports: learnt
    """,
    "A role of the study, looked up in it.": """
        access.access_review_lines: role
        access.access_reviews: role
        access.grant_periods: role
        access.grant_proposals: role
        access.grants: role
        access.letters: role
        access.role_kinds: role
        access.sessions: role
        allocation.randomization_corrections: recorded_role
        allocation.unblinding_events: recorded_role
        open,outcome,treatment.alerts: recipients existence_to escalates_to
        open.audit_reviews: role
        open,outcome,treatment.clocks: remind_to escalate_to
        open,outcome,treatment.data_query_messages: role
        open.dry_runs: role
        open,outcome,treatment.imports: role
        open,outcome,treatment.judgements: judged_role
        open.lock_signatures: role
        open,outcome,treatment.signatures: signer_role
        open.site_facts: recorded_role
        open.unblinding_notice_readings: role
        open.unblinding_notices: told_roles
        open,outcome,treatment.verifications: role
        outcome.corrections: signer_role
        outcome.questionnaire_links: read_out_role
        treatment.team_acts: role
    """,
    "A version, a language, a zone or a class: looked up, and never typed as a text.": """
        access.accountability: text_version
        access.users: zone
        identity,open,outcome,treatment.entries: definition
        open.cuts: definition software
        open,outcome,treatment.derived_values: definition
        open.dry_runs: version classes
        open.instrument_texts: language
        open.look_amendments: version
        open.reconsent_tasks: version consent_version
        open.site_versions: version
        open.sites: zone
        open.study_versions: version based_on consent_version
        open.trials: version
        open.whole_versions: version
        outcome.ended_bookings: language
        outcome.rating_tasks: language
        sealed.definitions: version
    """,
    "A document the program wrote and reads whole; damage to it is what the check of the record tells.": """
        access.replies: body
        allocation.closed_reports: report
        allocation.unblinding: arms bundle
        open.design_simulations: ordered outcome report
        open.interim_looks: open_report look
        open,outcome,treatment.snapshots: content
        sealed.definitions: source
        sealed.simulations: outcome
    """,
    "How the schema came about: read by the migrator alone.": """
        public.migrations: name
    """,
}

# Tables of which every class has one, read by the same statements and shown by the same pages: a row
# in another class, which must have been written, stands for these.
AS_IN_ANOTHER_CLASS = """
    open.clock_starts: reason
    open.clocks: title
    open.judgements: reference reason told
    open.safety_events: told
    outcome.clock_starts: reason
    outcome.clocks: title
    outcome.deviations: description capa reason
    outcome.drafts: typed
    outcome.imports: file_name mapping
    outcome.judgements: reference reason told
    outcome.safety_events: told
    outcome.signatures: signer_name meaning
    outcome.tombstones: reason
    treatment.alerts: name title items action_taken
    treatment.imports: file_name mapping
    treatment.tombstones: reason
"""

# Tables that stay empty, with why.
EMPTY = {
    "Challenges and flows of a sign-in under way: gone within minutes, and never shown.": """
        access.passkey_challenges: purpose server
        access.provider_flows: purpose server
    """,
    "An address of the network the server saw, which no client words; no page shows it.": """
        access.sign_in_addresses: address by_account
    """,
    "An address of mail: its check admits neither a bracket nor a quotation mark of a tag.": """
        access.addresses: address
    """,
    "Numbers worked out from answers when an amendment changes how: shown as the answers are.": """
        open,outcome,treatment.derived_values: answers
    """,
}

# Sealed under a key outside of the database: a payload gets in there by an act, and by no statement.
SEALED = {
    "Names and contacts, and why they were corrected: recorded by an act, and read where they are shown.": """
        identity.entries: entry_box
    """,
    "Two or three letters, a year and a code: an act with markup for initials must be refused.": """
        identity.people: identity_box
    """,
    "Arms, factors and levels of the definition, and numbers: a draft with markup for one must be refused.": """
        sealed.schemes: box
        sealed.scheme_drafts: box
        sealed.simulations: box
    """,
    "An arm, or a secret no page shows but as a one-time code.": """
        access.users: factor_box
        allocation.allocations: arm_box
        sealed.master_keys: likeness_box
        sealed.secrets: box
    """,
    "An answer that was given, for the same request once more: its texts stand where they came from.": """
        access.requests: reply_box
    """,
}


def names(text):
    """The full names that lines stand for."""
    found, place = [], ""
    for word in text.split():
        if word.endswith(":"):
            schemas, place = word[:-1].rsplit(".", 1)
            continue
        found += [f"{schema}.{place}.{word}" for schema in schemas.split(",")]
    return found


KEPT_NAMES = {name: why for why, text in KEPT.items() for name in names(text)}
EMPTY_NAMES = {name: why for why, text in EMPTY.items() for name in names(text)}
SEALED_NAMES = {name: why for why, text in SEALED.items() for name in names(text)}
TWIN_NAMES = set(names(AS_IN_ANOTHER_CLASS))
