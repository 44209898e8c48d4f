/** People who have added me: what they may see is decided here, once. */

import { Button, Text as Words } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { useAct, useApp, useLive } from "../../app/context";
import { useStyles } from "./list.styles";

export function Adders() {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const act = useAct();
	const incoming = useLive((live) => live.incoming);
	const { client } = session;
	return incoming.slice(0, 3).map(({ person }) => (
		<section key={person.id} className={styles.box} aria-label={text.say("added-you", { name: person.displayName })}>
			<div className={styles.boxRow}>
				<button
					type="button"
					className={styles.photo}
					aria-label={text.say("card-of", { name: person.displayName })}
					onClick={() => shown.card.set(person.id)}
				>
					<PersonAvatar id={person.id} name={person.displayName} decorative />
				</button>
				<Words>{text.say("added-you", { name: person.displayName })}</Words>
			</div>
			<div className={styles.boxActions}>
				<Button
					size="small"
					appearance="primary"
					onClick={() =>
						void act(async () => {
							await client.allowAdder(person.id);
							const first = session.live.get().groups[0];
							await client.setContact(person.id, first ? [first.id] : []);
						})
					}
				>
					{text.say("allow-and-add")}
				</Button>
				<Button size="small" onClick={() => void act(() => client.allowAdder(person.id))}>
					{text.say("allow")}
				</Button>
				<Button size="small" appearance="subtle" onClick={() => void act(() => session.blockAdder(person.id))}>
					{text.say("block")}
				</Button>
			</div>
		</section>
	));
}
