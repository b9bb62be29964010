// SPDX-License-Identifier: Apache-2.0
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.NativeAot.Tests;

/// <summary>The SDK compiled to native code: without a warning, and doing what it does otherwise.</summary>
public sealed class NativeSampleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_is_published_without_a_warning_follows_refuses_and_starts_from_last_known_good()
    {
        var program = await NativeProgram.PublishAsync("samples/AotService", "AotService", "-p:PublishAot=true");
        await using var realm = await DevelopmentRealm.StartAsync();
        await realm.HelioAsync("ns", "create", "shop.native");
        await realm.HelioAsync("set", "shop.native", "Native:Limit", "7");
        var kept = Directory.CreateTempSubdirectory("hln-");
        try
        {
            // Given the native program beside an agent
            var own = new Dictionary<string, string>
            {
                ["Heliograph__Parent"] = realm.Ready.GetProperty("agent").GetProperty("sync").GetString()!, ["Heliograph__Trust"] = realm.Trust, ["Heliograph__Directory"] = kept.FullName, ["Heliograph__Id"] = "native-1",
            };
            await using (var native = HelioProcess.Run(program, own))
            {
                Assert.StartsWith("limit 7, Live, after ", await native.ReadLineAsync(Cancel), StringComparison.Ordinal);
                TestContext.Current.SendDiagnosticMessage($"{new FileInfo(program).Length} bytes; resident: {NativeProgram.ResidentKiB(native.Id)} KiB");

                // Then what its generated validator refuses is refused, and what it accepts is bound
                await realm.HelioAsync("set", "shop.native", "Native:Limit", "700");
                Assert.Matches("^refused 1\\.[0-9]+: NativeOptions: .*Limit must be between 1 and 100", await native.ReadLineAsync(Cancel));
                await realm.HelioAsync("set", "shop.native", "Native:Limit", "8");
                Assert.StartsWith("limit 8 at 1.", await native.ReadLineAsync(Cancel), StringComparison.Ordinal);
                await native.SignalAsync("TERM");
                Assert.Equal(0, (await native.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Code);
            }

            // And with nobody to ask it starts from what it kept
            own["Heliograph__Parent"] = $"unix://{kept.FullName}/nobody.sock";
            await using var again = HelioProcess.Run(program, own);
            Assert.StartsWith("limit 8, LastKnownGood, after ", await again.ReadLineAsync(Cancel), StringComparison.Ordinal);
            await again.SignalAsync("TERM");
            Assert.Equal(0, (await again.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Code);
        }
        finally
        {
            kept.Delete(recursive: true);
        }
    }
}
