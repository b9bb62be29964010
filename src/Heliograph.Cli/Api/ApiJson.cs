// SPDX-License-Identifier: Apache-2.0
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Cli.Api;

/// <summary>Generated (de)serializers of everything the command line sends, receives and prints.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RealmStatus))]
[JsonSerializable(typeof(NamespaceView))]
[JsonSerializable(typeof(NamespacePage))]
[JsonSerializable(typeof(SettingView))]
[JsonSerializable(typeof(SettingPage))]
[JsonSerializable(typeof(ChangeView))]
[JsonSerializable(typeof(DiffView))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(FleetView))]
[JsonSerializable(typeof(FleetInstances))]
[JsonSerializable(typeof(FleetWait))]
[JsonSerializable(typeof(ExplainView))]
[JsonSerializable(typeof(TokenPage))]
[JsonSerializable(typeof(CreatedToken))]
[JsonSerializable(typeof(FreezeView))]
[JsonSerializable(typeof(FreezePage))]
[JsonSerializable(typeof(PinPage))]
[JsonSerializable(typeof(ProtectionView))]
[JsonSerializable(typeof(ProtectionPage))]
[JsonSerializable(typeof(ChangeRequestView))]
[JsonSerializable(typeof(ChangeRequestPage))]
[JsonSerializable(typeof(CreatedAccessKey))]
[JsonSerializable(typeof(AccessKeyView))]
[JsonSerializable(typeof(AccessKeyPage))]
[JsonSerializable(typeof(RoleGrant))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(AppliedView))]
[JsonSerializable(typeof(WatchChange))]
[JsonSerializable(typeof(WatchSnapshot))]
[JsonSerializable(typeof(WatchLine))]
[JsonSerializable(typeof(DeletedView))]
[JsonSerializable(typeof(TokenView))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(RoleList))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(CreatedEnrolment))]
[JsonSerializable(typeof(Heliograph.Cli.Audit.AuditReport))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>For printing and reading: text as it is, not escaped for a web page.</summary>
    public static ApiJson Plain { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>Requests: what is absent is left out.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NewNamespace))]
[JsonSerializable(typeof(NamespacePatch))]
[JsonSerializable(typeof(SettingBody))]
[JsonSerializable(typeof(ChangeBody))]
[JsonSerializable(typeof(RollbackBody))]
[JsonSerializable(typeof(NewToken))]
[JsonSerializable(typeof(NewFreeze))]
[JsonSerializable(typeof(NewPin))]
[JsonSerializable(typeof(ProtectionBody))]
[JsonSerializable(typeof(ChangeRequestBody))]
[JsonSerializable(typeof(RejectionBody))]
[JsonSerializable(typeof(NewAccessKey))]
[JsonSerializable(typeof(NewEnrolment))]
[JsonSerializable(typeof(AccessKeyRotation))]
[JsonSerializable(typeof(RoleGrant))]
internal sealed partial class RequestJson : JsonSerializerContext;
