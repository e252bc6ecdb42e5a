import Conduct
import Pages
import StudyModel

/// Amendments, consent asked for again, and the import of data.
enum AmendmentRoutes {
  private static let readers = Access.anyOf([.loadStudy, .reviewAmendment, .activateSite])

  static let all: [Route] = [
    .page("/amendments", readers, "The amendments and where they are in force.") { call in
      .page(try await AmendmentPages.list(call).page())
    },
    .page("/amendments/new", .anyOf([.loadStudy]), "Asks for an amendment.") { call in
      .page(try await AmendmentPages.form(call).page())
    },
    .act("/amendments/new", .anyOf([.loadStudy]), "Loads the draft of an amendment.") { call in
      try await call.act {
        try await AmendmentPages.draft(call)
      } orShow: {
        try await AmendmentPages.form(call, faults: $0).page()
      }
    },
    .page("/amendments/{version}", readers, "One amendment with what it changes.") { call in
      .page(try await AmendmentPages.one(call).page())
    },
    .act(
      "/amendments/{version}/dry-run", .anyOf([.reviewAmendment]),
      "Tries an amendment on the data and puts on record that it was read."
    ) { call in .page(try await AmendmentPages.dryRun(call).page()) }.once(.notKeyed),
    .act(
      "/amendments/{version}/approve", .anyOf([.reviewAmendment]),
      "Approves an amendment as the second person."
    ) { call in
      try await call.act {
        try await AmendmentPages.approve(call)
      } orShow: {
        try await AmendmentPages.one(call, faults: $0).page()
      }
    },
    .act("/amendments/{version}/withdraw", .anyOf([.loadStudy]), "Gives a draft up.") { call in
      try await call.act {
        try await AmendmentPages.withdraw(call)
      } orShow: {
        try await AmendmentPages.one(call, faults: $0).page()
      }
    },
    .act(
      "/amendments/{version}/force", .anyOf([.activateSite]),
      "Puts an amendment in force at a site."
    ) { call in
      try await call.act {
        try await AmendmentPages.putInForce(call)
      } orShow: {
        try await AmendmentPages.one(call, faults: $0).page()
      }
    },
    .page("/reconsent", ParticipantRoutes.readers, "Consents that are asked for again.") { call in
      .page(try await AmendmentPages.reconsent(call).page())
    },
    .page("/import", .anyOf([.enterForms]), "Asks for a file of data.") { call in
      .page(try await ImportPages.form(call).page())
    },
    .act("/import", .anyOf([.enterForms]), "Tries files of data; nothing is saved.") { call in
      try await ImportPages.tried(call)
    }.once(.notKeyed).takingFiles(),
    .act("/import/save", .anyOf([.enterForms]), "Saves files of data whole, or nothing of any.") {
      call in
      try await call.act {
        try await ImportPages.save(call)
      } orShow: {
        try await ImportPages.form(call, faults: $0).page()
      }
    }.takingFiles(),
  ]
}
