import Conduct
import Store
import StudyModel
import Testing

/// Several files of one import: taken together, and checked beside each other.
@Suite(.serialized) struct ImportedFilesTests {
  @Test func `several files of several forms are one import, all or nothing over the whole`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (one, two) = (
        try await DataImportTests.consent(world, "AB"),
        try await DataImportTests.consent(world, "CD")
      )
      let coordinator = try await DataImportTests.coordinator(world)
      let office = world.installation.at(DataImportTests.now)
      let day = try Walk.date(DataImportTests.now, ReferenceTrial.london)
      func vitals(_ pressure: Int) throws -> DataFile {
        try DataImportTests.file(
          [one, two].map { "\($0),SCR,\(day),Y,\(pressure),80,64" },
          header: "participant,visit,vdate,done,sbp,dbp,hr", name: "VS-march.csv", form: "VS")
      }
      let people = try DataImportTests.file(
        [try DataImportTests.row(one), try DataImportTests.row(two)], name: "DM-march.csv",
        mapping: "sex = sex\nhr = hr")
      // The name of a file tells its form, where it begins with one.
      #expect(office.importableForm(namedBy: "VS-march.csv", as: coordinator)?.text == "VS")
      #expect(office.importableForm(namedBy: "VSX.csv", as: coordinator) == nil)
      #expect(office.importableForm(namedBy: "KDOSE.csv", as: coordinator) == nil)

      let broken = [people, try vitals(300)]
      let tried = try await office.tryImport(broken, as: coordinator)
      #expect(tried.rows.map(\.outcome) == [.new, .new, .refused, .refused])
      #expect(tried.rows.map(\.form) == ["DM", "DM", "VS", "VS"])
      #expect(
        await refusal {
          try await office.importData(broken, digest: tried.digest, as: coordinator)
        }?.code == "rows_refused")
      let plain = try DataImportTests.file(
        [try DataImportTests.row(one), try DataImportTests.row(two)], name: "DM-april.csv")
      let twice = try await office.tryImport([plain, plain], as: coordinator)
      #expect(twice.rows.map(\.outcome) == [.new, .new, .refused, .refused])
      #expect(try DataImportTests.entries(world) == "0 entries, 0 versions, 0 files, 0 rows")

      // A fault of the last row of the last file undoes the first file too.
      let files = [people, try vitals(120)]
      try world.direct().run(
        """
        create function public.fail() returns trigger language plpgsql as $$
        begin raise exception using errcode = 'EQ412'; end $$;
        create trigger fail before insert on open.entries for each row
          when (new.participant = '\(two)' and new.form = 'VS') execute function public.fail();
        """)
      #expect(
        await refusal { try await DataImportTests.save(files, office, coordinator) } == .stale)
      #expect(try DataImportTests.entries(world) == "0 entries, 0 versions, 0 files, 0 rows")
      try world.direct().run("drop trigger fail on open.entries")
      let reversed = try await office.tryImport(files.reversed(), as: coordinator)
      #expect(
        await refusal {
          try await office.importData(files, digest: reversed.digest, as: coordinator)
        }?.code == "tried_otherwise")
      try await DataImportTests.save(files, office, coordinator)
      #expect(try DataImportTests.entries(world) == "2 entries, 2 versions, 2 files, 4 rows")
      #expect(
        try world.direct().lines(
          "select form || ' ' || count(*) from open.import_rows group by form order by form")
          == ["DM 2", "VS 2"])
      let known = try await office.tryImport([try vitals(120)], as: coordinator)
      #expect(known.known.contains("VS-march.csv"))
    }
  }

  @Test
  func `rows of one import are checked beside each other, whichever file and line they stand in`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (one, two) = (
        try await DataImportTests.consent(world, "AB"),
        try await DataImportTests.consent(world, "CD")
      )
      let coordinator = try await DataImportTests.coordinator(world)
      let office = world.installation.at(DataImportTests.now)
      let day = try Walk.date(DataImportTests.now, ReferenceTrial.london)
      let header =
        "participant,visit,vdate,done,onset_age,n_episodes,ep_weeks,n_failed_ep,n_failed_life,prior_ect,prior_ket,n_hosp,n_attempt,melancholic,anx_distress"
      func history(_ key: ParticipantKey, onset: Int) -> String {
        "\(key),SCR,\(day),Y,\(onset),2,10,2,3,N,false,0,0,false,false"
      }
      let people = try DataImportTests.file(
        [try DataImportTests.row(one), try DataImportTests.row(two)], name: "DM.csv")
      // Who was born in 1974 is 53: an onset at 60 contradicts a row of the other file.
      let histories = try DataImportTests.file(
        [history(one, onset: 60), history(two, onset: 20)], header: header, name: "PSYHX.csv",
        form: "PSYHX")
      for files in [[people, histories], [histories, people]] {
        let tried = try await office.tryImport(files, as: coordinator)
        let refused = tried.rows.filter { $0.outcome == .refused }
        #expect(refused.map(\.participant) == [one.text], "\(tried.rows)")
        #expect(refused.map(\.sentences) == [["Onset lies after the present age."]])
      }
      // By itself nothing contradicts it: the age is not known yet.
      let alone = try await office.tryImport(histories, as: coordinator)
      #expect(alone.rows.map(\.outcome) == [.new, .new])
      // What a row changes stands for what is stored.
      _ = try await DataImportTests.save([people], office, coordinator)
      let corrected = try DataImportTests.file(
        [try DataImportTests.row(one, born: "1956")], name: "DM2.csv", reason: "read again")
      let both = try await office.tryImport([histories, corrected], as: coordinator)
      #expect(both.isAcceptable, "\(both.rows)")
      let still = try await office.tryImport(histories, as: coordinator)
      #expect(still.count(.refused) == 1)
    }
  }
}
