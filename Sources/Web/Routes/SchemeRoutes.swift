import Conduct
import Pages
import StudyModel

/// Candidate schemes, their simulation and the commitment to one of them.
enum SchemeRoutes {
  private static let see = Access.anyOf([.draftRandomization, .approveRandomization])
  private static let draft = Access.anyOf([.draftRandomization])

  static let all: [Route] = [
    .page("/randomization/drafts", draft, "Asks for a candidate scheme.") { call in
      .page(try await SchemePages(call).form().page())
    },
    .act("/randomization/drafts", draft, "Keeps a candidate scheme.") { call in
      let pages = try SchemePages(call)
      return try await call.act(pages.keep) { faults in
        try await pages.form(faults: faults).page()
      }
    },
    .page("/randomization/drafts/{number}", see, "One candidate scheme.") { call in
      .page(try await SchemePages(call).page().page())
    },
    .act("/randomization/drafts/{number}/withdraw", draft, "Withdraws a candidate scheme.") {
      call in
      let pages = try SchemePages(call)
      return try await call.act(pages.withdraw) { faults in
        try await RandomizationSetUpPage.model(call, faults: faults).page()
      }
    },
    .page(
      "/randomization/drafts/{number}/commit", draft, "What a commitment to a candidate means."
    ) { call in
      .page(try await SchemePages(call).commitment().page())
    },
    .act("/randomization/drafts/{number}/commit", draft, "Commits to a candidate scheme.") { call in
      let pages = try SchemePages(call)
      return try await call.act(pages.commit) { faults in
        try await pages.commitment(faults: faults).page()
      }
    },
    .page("/randomization/simulation", draft, "Asks how to simulate the candidates.") { call in
      .page(try await SimulationPages(call).order().page())
    },
    .act("/randomization/simulation", draft, "Starts a simulation of the candidates.") { call in
      let pages = try SimulationPages(call)
      return try await call.act(pages.start) { faults in
        try await pages.order(faults: faults).page()
      }
    },
    .act("/randomization/simulation/cancel", draft, "Cancels the simulation.") { call in
      try await call.act {
        try await call.installation.cancelSimulation(as: try call.actor)
        return "/randomization?note=stopping"
      } orShow: { faults in
        try await RandomizationSetUpPage.model(call, faults: faults).page()
      }
    },
    .page("/randomization/reports/{number}", see, "The report of a simulation.") { call in
      .page(try await SimulationPages(call).report().page())
    },
    .page(
      "/randomization/reports/{number}/simulation.csv", see, "The figures of a simulation as CSV."
    ) { call in
      try await SimulationPages(call).file()
    },
  ]
}
