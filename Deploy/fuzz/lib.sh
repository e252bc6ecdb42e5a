# What the fuzzer's scripts share; read, not run.

# The features Package.swift switches on.
# shellcheck disable=SC2034
strict=(-swift-version 6 -package-name equipoise)
for feature in ExistentialAny InternalImportsByDefault MemberImportVisibility \
  NonisolatedNonsendingByDefault; do
  strict+=(-enable-upcoming-feature "$feature")
done

# The targets, with the readers that need nothing of their modules and are compiled with them.
# shellcheck disable=SC2034
target_sources=(Deploy/fuzz/*.swift Sources/Datasets/CSVImport.swift
  Sources/Web/{MultipartBody,StrictJSON,FormFields,Cookies}.swift
  Sources/Web/{StrictHead,RequestHead,ChunkScan,ConnectionBounds,ConnectionGuard,BodyPace,AnswerEvent}.swift
  Sources/Postgres/Results/{ArrayBinary,NumericBinary,BigEndian}.swift
  Sources/Postgres/Values/DecimalText.swift)
