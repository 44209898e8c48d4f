/** Who sees how much of me: what each level means, and who has one of their own. */

import { Button, Caption1, Text as Words } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { useCallback } from "react";
import { useApp, useLive } from "../../app/context";
import { useAsked } from "../../parts/asked";
import { Failure } from "../../parts/failure";
import { LEVELS, useLevels } from "../../parts/levels";
import { Loading } from "../../parts/loading";
import { useStyles } from "./settings.styles";

export function AccessPage() {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const levels = useLevels();
	const presence = useLive((live) => live.presence);
	// biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when a level was changed on a card
	const ask = useCallback(() => session.client.explicitAccess(), [session, levels]);
	const { value, reason, again } = useAsked(ask);
	return (
		<>
			<Words>{text.say("access-words")}</Words>
			{reason && <Failure reason={reason} onRetry={again} />}
			{!value && !reason && <Loading rows={5} />}
			{value?.levels.map(({ level, people }) => (
				<section key={level} style={{ inlineSize: "100%" }}>
					<Words as="h2" size={400} weight="semibold" block>
						{text.say(LEVELS[level].name)}
					</Words>
					<Caption1 className={styles.quiet}>{text.say(LEVELS[level].words)}</Caption1>
					<ul className={styles.list}>
						{people.map((person) => (
							<li key={person.id} className={styles.item}>
								<PersonAvatar
									id={person.id}
									name={person.displayName}
									presence={presence.get(person.id)}
									level={level === "blocked" ? "blocked" : undefined}
									decorative
								/>
								<div className={styles.words}>
									<Words>
										<bdi>{person.displayName}</bdi>
									</Words>
									<Caption1 className={styles.quiet}>
										<bdi dir="ltr">{person.address}</bdi>
									</Caption1>
								</div>
								<Button size="small" onClick={() => shown.card.set(person.id)}>
									{text.say("change")}
								</Button>
							</li>
						))}
					</ul>
				</section>
			))}
		</>
	);
}
