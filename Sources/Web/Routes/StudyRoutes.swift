import Conduct
import Pages
import StudyModel

/// Sites and the opening of enrolment.
enum StudyRoutes {
  static let all: [Route] = [
    .page("/sites", sponsor, "The sites of the study.") { call in
      .page(try await StudySites(call).list().page())
    },
    .page("/sites/{site}", sponsor, "One site with what its opening needs.") { call in
      .page(try await StudySites(call).one().page())
    },
    .act("/sites/{site}/facts", sponsor, "Records what a site needs before it is opened.") { call in
      let sites = try StudySites(call)
      return try await call.act(sites.recordFact) { faults in
        try await sites.one(faults: faults).page()
      }
    },
    .act("/sites/{site}/prepare", sponsor, "Takes a site a step towards its opening.") { call in
      let sites = try StudySites(call)
      return try await call.act(sites.prepare) { faults in
        try await sites.one(faults: faults).page()
      }
    },
    .page("/study", movers, "Where the study stands, and its next steps.") { call in
      .page(try await StudyStepsPage.show(call).page())
    },
    .act("/study/move", movers, "Takes a step of the study.") { call in
      try await call.act {
        try await StudyStepsPage.move(call)
      } orShow: {
        try await StudyStepsPage.show(call, faults: $0).page()
      }
    },
    .act("/sites/{site}/activate", sponsor, "Opens a site.") { call in
      let sites = try StudySites(call)
      return try await call.act(sites.activate) { faults in
        try await sites.one(faults: faults).page()
      }
    },
    .act("/sites/{site}/suspend", sponsor, "Suspends a site.") { call in
      let sites = try StudySites(call)
      return try await call.act(sites.suspend) { faults in
        try await sites.one(faults: faults).page()
      }
    },
    .page("/sites/{site}/close", sponsor, "Asks for the closing of a site.") { call in
      .page(try await StudySites(call).closing().page())
    },
    .act("/sites/{site}/close", sponsor, "Closes a site for good.") { call in
      let sites = try StudySites(call)
      return try await call.act(sites.close) { faults in
        try await sites.closing(faults: faults).page()
      }
    },
    .page(EnrolmentPage.place, .anyOf([.readEnrolment]), "How many take part, over all arms.") {
      call in
      .page(try await EnrolmentPage.show(call).page())
    },
    .act("/enrolment/open", sponsor, "Opens the study for enrolment.") { call in
      try await call.act {
        try await call.installation.openEnrolment(as: try call.actor)
        return "/sites?note=enrolling"
      } orShow: { faults in
        try await StudySites(call).list(faults: faults).page()
      }
    },
  ]

  private static let sponsor = Access.anyOf([.activateSite])
  static let movers = Access.anyOf([.loadStudy, .activateSite, .softLock])
}
