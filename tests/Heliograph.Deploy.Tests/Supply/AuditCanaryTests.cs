// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Xunit;

namespace Heliograph.Deploy.Tests.Supply;

/// <summary>The audit of packages finds what is known to be vulnerable: a canary that must be reported. An audit that says nothing about it says nothing about us either.</summary>
public sealed partial class AuditCanaryTests
{
    private const string Package = "Newtonsoft.Json", Vulnerable = "12.0.3", Advisory = "GHSA-5crp-9r3c-p9vr"; // deep nesting ends the process; mended in 13.0.1

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_package_that_is_known_to_be_vulnerable_is_reported()
    {
        var directory = Directory.CreateTempSubdirectory("hlv-");
        try
        {
            // Sources of packages are asked as sources of advisories, too: one that has none says so (NU1905) instead of nothing.
            var sources = SourceLine().Matches((await ToolRun.OfAsync("dotnet", ["nuget", "list", "source", "--format", "short"], Cancel)).Out).Select((match, index) => $"<add key=\"s{index}\" value=\"{match.Groups[1].Value.Trim()}\" />").ToList();
            Assert.NotEmpty(sources);
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "nuget.config"), $"<configuration><auditSources><clear />{string.Concat(sources)}</auditSources></configuration>", Cancel);
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "Directory.Build.props"), "<Project />", Cancel);
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "canary.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>true</NuGetAudit><NuGetAuditMode>all</NuGetAuditMode><NuGetAuditLevel>low</NuGetAuditLevel></PropertyGroup>
                  <ItemGroup><PackageReference Include="{Package}" Version="{Vulnerable}" /></ItemGroup>
                </Project>
                """, Cancel);

            var restored = await ToolRun.OfAsync("dotnet", ["restore", Path.Combine(directory.FullName, "canary.csproj"), "--nologo", "-nodeReuse:false"], Cancel);
            var said = restored.Out + restored.Error;

            if (said.Contains(Advisory, StringComparison.Ordinal)) return;
            Assert.SkipWhen(said.Contains("NU1900", StringComparison.Ordinal) || said.Contains("NU1905", StringComparison.Ordinal), "The sources of packages here give no advisories (NU1900, NU1905): vulnerable packages are not audited here.");
            Assert.SkipWhen(NotServed().IsMatch(said), $"{Package} {Vulnerable} is not served here: there is no canary.");
            Assert.Fail($"{Package} {Vulnerable} has {Advisory}, and the audit does not say so: {said}");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [GeneratedRegex("^[A-Z]*E[A-Z]* (.+)$", RegexOptions.Multiline)]
    private static partial Regex SourceLine();

    [GeneratedRegex("NU110[123]|NU1301")]
    private static partial Regex NotServed();
}
